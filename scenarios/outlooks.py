"""What a scenario file says about the forecast and its drivers."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from scenarios.values import (
    Celsius,
    Count,
    Date,
    Name,
    Number,
    Periods,
    Section,
    Sentence,
    Share,
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

_WITH_LEVELS = "somalia_displacement"
"""The table of the package with places of two levels."""
ModelOrWhatCame = Literal[Model, "replay", "package"]


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
        found = super().__get_pydantic_json_schema__(schema, handler)
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
    every: Periods
    """From one test to the next."""


class Counts(Section):
    """People counted at one place in a past episode, written in the scenario itself."""

    name: Name
    """Code of the place, as ``locations`` of the inflows name it."""
    place: Sentence
    """Name of the place, for the report."""
    period: Literal["day", "week", "month"]
    """What each number counts."""
    first: Date
    """First day of the first period."""
    persons: tuple[Number, ...] = Field(min_length=1)
    """Persons in each period, one after the other, as plain numbers."""
    confidence: Sentence | None = None
    """How far to trust the numbers, in words."""

    @model_validator(mode="after")
    def _has_a_source(self) -> "Counts":
        if self.source is None and self.assumption is None:
            msg = "needs 'source', who counted, or 'assumption'."
            raise ValueError(msg)
        if self.period == "month" and self.first.day != 1:
            msg = f"first is {self.first}; counts by month begin on the first of a month."
            raise ValueError(msg)
        return self


class Forecast(Section):
    """How many people may come: data, model and drivers."""

    package: Sentence | None = None
    """Folder or zip of a shared forecast package or slice, relative to the file. It then says
    everything else; only `level`, `focus` and `package_identifier` may be given beside it."""
    package_identifier: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Which package it must be, by the identifier that `safepassage open` shows."""
    data: Sentence | None = None
    """Name of a table of the package, or of a file beside the scenario."""
    counts: tuple[Counts, ...] = ()
    """Instead of ``data``: what was counted, in the scenario itself."""
    level: Name = default("region", "tables with one level ignore it")
    """Level of government of the places; of a package, such as admin1: its lowest by default."""
    model: ModelOrWhatCame
    """Model of the forecast; ``replay`` takes what was counted from the reference date on."""
    missing: Literal["refuse", "interpolate"] = default("refuse", "a replay needs every period")
    """For a replay: periods without a number are refused, or lie between their neighbors."""
    count_error: Share = default("0 %", "counts are taken as they are")
    """For a replay: coefficient of variation of one random factor for each future."""
    benchmark: Model = default("seasonal-climatology", "the benchmark a model must beat")
    """Simple model that must be beaten."""
    reference_date: Date
    """First day that is not known; with a horizon in months, the first of a month."""
    horizon: Periods
    """How far ahead, in the periods of the data: days, weeks or months."""
    samples: Count = default("1000", "shows a 1-in-100 outcome")
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

    @model_validator(mode="after")
    def _one_origin(self) -> "Forecast":
        if (self.data is None) == (not self.counts):
            msg = "needs either 'data' or 'counts'."
            raise ValueError(msg)
        if len({one.period for one in self.counts}) > 1:
            msg = "all 'counts' must have the same period."
            raise ValueError(msg)
        replayed = self.model == "replay" and self.data != _WITH_LEVELS
        if "level" in self.model_fields_set and (self.counts or replayed):
            msg = f"'level' is for packages, forecasts and {_WITH_LEVELS}; {self.origin} has one."
            raise ValueError(msg)
        starts = {one.first.weekday(): one for one in self.counts if one.period == "week"}
        if len(starts) > 1:
            listed = ", ".join(f"{one.name} on {one.first}" for one in starts.values())
            msg = f"all 'counts' by week must begin on the same weekday; these do not: {listed}."
            raise ValueError(msg)
        if len({one.name for one in self.counts}) < len(self.counts):
            msg = "each place may stand once in 'counts'."
            raise ValueError(msg)
        if self.model == "replay":
            given = self.model_fields_set & {"benchmark", "drivers", "outlook", "backtest"}
            if given:
                msg = f"a replay has no {' or '.join(sorted(given))}; nothing is predicted."
                raise ValueError(msg)
        elif self.missing != "refuse" or self.count_error > 0:
            msg = "'missing' and 'count_error' belong to the model 'replay'."
            raise ValueError(msg)
        return self

    @property
    def origin(self) -> str:
        """Name of the data, or that they stand in the scenario."""
        return self.data or "counts of the scenario"
