"""What a scenario file says about the forecast and its drivers."""

from typing import Any, Literal

from pydantic import Field, model_validator

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
    "driver-regression", "seasonal-climatology", "recent-climatology", "seasonal-naive", "pool"
]


class Drivers(Section):
    """Which climate or disaster drivers the model may see."""

    data: Sentence
    use: tuple[Name, ...] = Field(min_length=1)


class DriverPath(Section):
    """Values of one driver, one per month of the horizon."""

    name: Name
    values: tuple[Celsius, ...] = Field(min_length=1)


class Outlook(Section):
    """How the drivers go on: as their own model says, or along a path (a projection)."""

    kind: Literal["model", "path"]
    paths: tuple[DriverPath, ...] = ()

    @property
    def values(self) -> dict[str, tuple[float, ...]]:
        """Values of each driver along the path, by month."""
        return {path.name: path.values for path in self.paths}

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {"kind": given} if isinstance(given, str) else given

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
    every: Months


class Forecast(Section):
    """How many people may come: data, model and drivers."""

    data: Sentence
    level: Name
    model: Model
    benchmark: Model = default("seasonal-climatology", "the benchmark a model must beat")
    reference_date: Date
    horizon: Months
    samples: Count
    drivers: Drivers | None = None
    outlook: Outlook = default("model", "drivers go on as their own model says")
    focus: tuple[Name, ...] = ()
    backtest: Backtest | None = None
