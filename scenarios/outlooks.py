"""What a scenario file says about the forecast and its drivers."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from scenarios.values import (
    Celsius,
    Count,
    Date,
    Months,
    Name,
    Section,
    Sentence,
    default,
)

Model = Literal[
    "pool",
    "adaptive-pool",
    "driver-regression",
    "local-level",
    "seasonal-level",
    "sarimax",
    "seasonal-climatology",
    "recent-climatology",
    "seasonal-naive",
]

ModelOrPackage = Literal[Model, "package"]


class Drivers(Section):
    """Which climate or disaster drivers the model may see."""

    data: Sentence
    """Name of a table of the package."""
    use: tuple[Name, ...] = Field(min_length=1)
    """Names of drivers."""


class DriverPath(Section):
    """Values of one driver, one per month of the horizon."""

    name: Name
    """Name of the driver."""
    values: tuple[Celsius, ...] = Field(min_length=1)
    """From the month of the reference date on."""


class Outlook(Section):
    """How the drivers go on: as their own model says, or along a path (a projection)."""

    kind: Literal["model", "path"]
    """As the model of the drivers says, or along a path."""
    paths: tuple[DriverPath, ...] = ()
    """One for every driver used."""

    @property
    def values(self) -> dict[str, tuple[float, ...]]:
        """Values of each driver along the path, by month."""
        return {path.name: path.values for path in self.paths}

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {"kind": given} if isinstance(given, str) else given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the block and the word alone."""
        found = handler(schema)
        block = handler.resolve_ref_schema(found)
        if "anyOf" not in block:
            described = dict(block)
            block.clear()
            block |= {
                "description": described.pop("description"),
                "anyOf": [{"const": "model"}, described],
            }
        return found

    @model_validator(mode="after")
    def _paths_belong(self) -> "Outlook":
        if self.kind == "path" and not self.paths:
            msg = "the kind 'path' needs 'paths' with a name and values for each driver."
            raise ValueError(msg)
        if self.kind == "model" and self.paths:
            msg = "'paths' belong to the kind 'path'; the kind here is 'model'."
            raise ValueError(msg)
        return self


class Backtest(Section):
    """How the model is tested on the past."""

    first_cutoff: Date
    """First day that the model may not see in the first test."""
    every: Months
    """From one test to the next."""


class Forecast(Section):
    """How many people may come: data, model and drivers."""

    package: Sentence | None = None
    """Folder or zip of a shared forecast package or slice, relative to the file. It then says
    everything else; only `level`, `focus` and `package_identifier` may be given beside it."""
    package_identifier: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Which package it must be, by the identifier that `safepassage open` shows."""
    data: Sentence
    """Name of a table of the package, or of a file beside the scenario."""
    level: Name
    """Level of government of the places; of a package, such as admin1: its lowest by default."""
    model: ModelOrPackage
    """Model of the forecast."""
    benchmark: Model = default("seasonal-climatology", "the benchmark a model must beat")
    """Simple model that must be beaten."""
    reference_date: Date
    """First day that is not known; the first of a month."""
    horizon: Months
    """How far ahead."""
    samples: Count
    """Number of possible futures."""
    drivers: Drivers | None = None
    outlook: Outlook = default("model", "drivers go on as their own model says")
    focus: tuple[Name, ...] = ()
    """Places that the report is about, by code; empty means all."""
    backtest: Backtest | None = None

    @model_validator(mode="after")
    def _package_says_it(self) -> "Forecast":
        if (self.model == "package") != (self.package is not None):
            msg = "the model 'package' belongs to a forecast with 'package: PATH', and only to it."
            raise ValueError(msg)
        return self
