"""Values of scenario files: quantities with units, distributions, capacities over time.

The types here read text such as ``25 min``; each number may also be written as a block with
``value:`` and the ``source:`` or ``assumption:`` it rests on.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from scenarios.meanings import meanings_of
from scenarios.moments import (
    Horizon,
    Moment,
    read_clock,
    read_date,
    read_horizon,
    read_hours,
    read_moment,
)
from scenarios.money import CURRENCY, Cost, read_cost
from scenarios.quantities import PROVENANCE, REASON, Quantity, Reader
from scenarios.units import COUNTED, DIMENSIONS, Amount, read_amount
from simulation.distributions import PARAMETERS, Distribution


def _read_yes_no(text: str) -> bool:
    if text not in {"yes", "no", "true", "false"}:
        msg = f"{text!r} is neither 'yes' nor 'no'."
        raise ValueError(msg)
    return text in {"yes", "true"}


_CLOCK: Final = r"([01]?\d|2[0-4]):[0-5]\d"
_DAY: Final = r"\d{4}-\d{2}-\d{2}"


def _written(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^\s*({pattern})\s*$"}


_YES_NO: Final = {"enum": ["yes", "no", "true", "false", True, False]}
_AMOUNTS: Final = {
    "type": "string",
    "pattern": "|".join(DIMENSIONS[name].pattern() for name in COUNTED),
}

Hours = Annotated[float, Quantity("time")]
SomeHours = Annotated[float, Quantity("time", above_zero=True)]
HoursOrNever = Annotated[float, Quantity("time", word="never")]
SomeHoursOrNever = Annotated[float, Quantity("time", above_zero=True, word="never")]
Kilometers = Annotated[float, Quantity("distance")]
SomeKilometers = Annotated[float, Quantity("distance", above_zero=True)]
SquareKilometers = Annotated[float, Quantity("area")]
SquareMeters = Annotated[float, Quantity("floor area", above_zero=True)]
LitersPerDay = Annotated[float, Quantity("water per day")]
LatrineCount = Annotated[int, Quantity("latrines")]
TapCount = Annotated[int, Quantity("taps")]
Speed = Annotated[float, Quantity("speed", above_zero=True)]
Share = Annotated[float, Quantity("share")]
DailyRate = Annotated[float, Quantity("rate")]
Persons = Annotated[int, Quantity("persons")]
SomePersons = Annotated[int, Quantity("persons", above_zero=True)]
SomeClinicians = Annotated[int, Quantity("clinicians", above_zero=True)]
MeanPersons = Annotated[float, Quantity("mean persons", above_zero=True)]
SomeDays = Annotated[int, Quantity("days", above_zero=True)]
Months = Annotated[int, Quantity("months", above_zero=True)]
Count = Annotated[int, Quantity("number", above_zero=True)]
Number = Annotated[int, Quantity("number")]
Seed = Annotated[int, Quantity("number")]
Weight = Annotated[float, Quantity("weight")]
Bearing = Annotated[float, Quantity("bearing")]
Offset = Annotated[float, Quantity("offset")]
Liters = Annotated[float, Quantity("water")]
VesselRate = Annotated[float, Quantity("vessels", above_zero=True)]
UnitNumber = Annotated[int, Quantity("rescue units", above_zero=True)]
WaveHeight = Annotated[float, Quantity("wave height")]
WaveLimit = Annotated[float, Quantity("wave height", word="any")]
Celsius = Annotated[float, Quantity("temperature")]
Date = Annotated[dt.date, Reader(read_date, "2022-07-01", _written(_DAY))]
AmountText = Annotated[Amount, Reader(read_amount, "500 persons", _AMOUNTS, counts=True)]
MomentText = Annotated[
    Moment,
    Reader(read_moment, "day 10", _written(rf"(day\s+[1-9]\d{{0,4}}|{_DAY})(\s+{_CLOCK})?")),
]
Periods = Annotated[
    Horizon,
    Reader(
        read_horizon,
        "6 months",
        _written(r"[0-9]{1,6}\s+(day|week|month|year)s?"),
        counts=True,
    ),
]
ClockTime = Annotated[float, Reader(read_clock, "06:00", _written(_CLOCK), counts=True)]
ClockSpan = Annotated[
    tuple[float, float],
    Reader(
        read_hours,
        "06:00-18:00",
        _written(rf"around the clock|{_CLOCK}\s*-\s*{_CLOCK}"),
        counts=True,
    ),
]
CostText = Annotated[
    Cost,
    Reader(
        read_cost,
        "12 USD per day",
        _written(rf"\d+(\.\d+)?\s+{CURRENCY}\s+per\s+(hour|day|week)"),
        counts=True,
    ),
]
YesNo = Annotated[bool, Reader(_read_yes_no, "yes", _YES_NO)]
_NAME: Final = r"^[^\s.\[\]][^.\[\]\n]*$"
Name = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=_NAME),
    WithJsonSchema(
        {"type": ["string", "number"], "minLength": 1, "maxLength": 80, "pattern": _NAME}
    ),
]
Sentence = Annotated[str, Field(min_length=1), WithJsonSchema({**REASON, "minLength": 1})]
Reason = Annotated[str, WithJsonSchema(REASON)]


def default(text: str | None, why: str) -> Any:
    """Return a field with a default that is read like text of the file.

    Parameters
    ----------
    text : str or None
        As a user would write it.
    why : str
        What the default rests on; shown in the report.

    Returns
    -------
    pydantic field

    """
    extra: dict[str, Any] = {"why": why, "written": text}
    return Field(default=text, validate_default=True, json_schema_extra=extra)


class Section(BaseModel):
    """A block of a scenario file: unknown keys are errors, nothing changes after reading.

    ``source`` and ``assumption`` say what the numbers of the block rest on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    source: Reason | None = None
    """What was published that the numbers of the block rest on, and where."""
    assumption: Reason | None = None
    """Why the numbers of the block were chosen where no source was found."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say in the JSON Schema what the keys mean."""
        found = handler(schema)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for name, meaning in meanings_of(cls).items():
            key = cls.model_fields[name].alias or name
            if key in properties:
                properties[key].setdefault("description", meaning)
        return found


def check_distribution(dimension: str, values: Mapping[str, Any]) -> Distribution:
    """Build a distribution, with its parameters named as in the file."""
    kind = values["distribution"]
    takes = PARAMETERS[kind]
    names = ("mean", "sd", "low", "mode", "high", "parts")
    given = [name for name in names if values.get(name) is not None]
    if set(given) != set(takes):
        msg = f"{kind} takes {', '.join(takes)}; given: {', '.join(given) or 'nothing'}."
        raise ValueError(msg)
    result = Distribution(kind, **{name: values[name] for name in given})
    if dimension != "mean persons" and kind == "one_plus_poisson":
        msg = "one_plus_poisson is for sizes of groups; use lognormal, gamma or weibull here."
        raise ValueError(msg)
    return result


Kind = Literal[
    "constant",
    "exponential",
    "uniform",
    "triangular",
    "lognormal",
    "gamma",
    "weibull",
    "one_plus_poisson",
    "mixture",
    "quantiles",
]


class Spread(Section):
    """A distribution, or one quantity for a value that never varies."""

    dimension: ClassVar[str]
    distribution: Kind
    """Which distribution; the other keys are its parameters."""

    @model_validator(mode="before")
    @classmethod
    def _constant(cls, given: Any) -> Any:
        if isinstance(given, (str, int, float)):
            return {"distribution": "constant", "mean": given}
        if isinstance(given, Mapping) and "value" in given:
            wrong = [str(key) for key in given if key not in {"value", *PROVENANCE}]
            if wrong:
                msg = (
                    f"a fixed value has the keys value, source, assumption; not {', '.join(wrong)}."
                    " A distribution has 'distribution' and its parameters."
                )
                raise ValueError(msg)
            return {"distribution": "constant", "mean": dict(given)}
        return given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the distribution with its parameters, and the single quantity."""
        found = super().__get_pydantic_json_schema__(schema, handler)
        block = handler.resolve_ref_schema(found)
        if "anyOf" not in block:
            described = {**block, "allOf": [_parameters(kind) for kind in PARAMETERS]}
            single = Quantity(cls.dimension).described()["anyOf"]
            block.clear()
            block |= {"description": described.pop("description"), "anyOf": [*single, described]}
        return found

    @model_validator(mode="after")
    def _complete(self) -> "Spread":
        self.to_simulation()
        return self

    def to_simulation(self) -> Distribution:
        """Return the distribution in canonical units."""
        values = {name: getattr(self, name) for name in ("mean", "sd", "low", "mode", "high")}
        return check_distribution(self.dimension, {"distribution": self.distribution, **values})


def _parameters(kind: str) -> dict[str, Any]:
    """Say in JSON Schema which parameters a distribution takes."""
    takes = PARAMETERS[kind]
    names = ("mean", "sd", "low", "mode", "high", "parts")
    others = [name for name in names if name not in takes]
    return {
        "if": {"properties": {"distribution": {"const": kind}}, "required": ["distribution"]},
        "then": {"required": list(takes), "properties": dict.fromkeys(others, False)},
    }


class TimePart(Section):
    """A part of a mixture of exponential times, or one quantile of measured times."""

    share: Share | None = None
    """For a mixture: share of cases in this part; the shares add up to 100 %."""
    mean: Hours | None = None
    """For a mixture: mean of this part."""
    at: Share | None = None
    """For quantiles: share of cases that took at most this long, rising from 0 % to 100 %."""
    value: Hours | None = None
    """For quantiles: how long."""


class TimeSpread(Spread):
    """How long something takes."""

    dimension = "time"
    mean: Hours | None = None
    """Mean."""
    sd: Hours | None = None
    """Standard deviation."""
    low: Hours | None = None
    """Smallest value."""
    mode: Hours | None = None
    """Most frequent value."""
    high: Hours | None = None
    """Largest value."""
    parts: tuple[TimePart, ...] | None = None
    """Of a ``mixture`` (share and mean of each) or of ``quantiles`` (at and value of each)."""

    def to_simulation(self) -> Distribution:
        """Return the distribution, hours."""
        if self.parts is None:
            return super().to_simulation()
        names = {"mixture": ("share", "mean"), "quantiles": ("at", "value")}
        takes = names.get(self.distribution, ("share", "mean"))
        pairs = []
        for part in self.parts:
            given = {n for n in ("share", "mean", "at", "value") if getattr(part, n) is not None}
            if given != set(takes):
                msg = f"each part of {self.distribution} has {' and '.join(takes)}, nothing else."
                raise ValueError(msg)
            pairs.append((getattr(part, takes[0]), getattr(part, takes[1])))
        values = {name: getattr(self, name) for name in ("mean", "sd", "low", "mode", "high")}
        values |= {"distribution": self.distribution, "parts": tuple(pairs)}
        return check_distribution(self.dimension, values)


class DistanceSpread(Spread):
    """How far something is."""

    dimension = "distance"
    mean: Kilometers | None = None
    """Mean."""
    sd: Kilometers | None = None
    """Standard deviation."""
    low: Kilometers | None = None
    """Smallest value."""
    mode: Kilometers | None = None
    """Most frequent value."""
    high: Kilometers | None = None
    """Largest value."""


class SizeSpread(Spread):
    """How many persons come together."""

    dimension = "mean persons"
    mean: MeanPersons | None = None
    """Mean."""
    sd: MeanPersons | None = None
    """Standard deviation."""
    low: MeanPersons | None = None
    """Smallest value."""
    mode: MeanPersons | None = None
    """Most frequent value."""
    high: MeanPersons | None = None
    """Largest value."""


N = TypeVar("N", bound=int)


class PlannedChange(Section, Generic[N]):
    """A planned change of a capacity: from a time on, a new number, new hours or both."""

    at: MomentText = Field(alias="from")
    """When it begins."""
    to: N | None = None
    """How many there are from then on."""
    works: ClockSpan | None = None
    """Daily working hours from then on."""
    outside: N | None = None
    """How many work outside these hours from then on."""
    because: Sentence
    """Why it is planned."""

    @model_validator(mode="after")
    def _changes_something(self) -> "PlannedChange[N]":
        if self.to is None and self.works is None and self.outside is None:
            msg = "changes nothing; give 'to', 'works' or 'outside'."
            raise ValueError(msg)
        return self


class Capacity(Section, Generic[N]):
    """How many there are, when they work, and what is planned to change.

    ``value`` counts during the hours of ``works`` and ``outside`` in the other hours.
    """

    value: N
    """How many there are, during the working hours."""
    works: ClockSpan = default("around the clock", "no working hours are given")
    """Daily working hours; they may pass midnight."""
    outside: N | None = default(None, "nobody works outside the working hours")
    """How many work outside the working hours."""
    cost: CostText | None = None
    """What one unit (a place, a boat, a clinician) costs while it is planned to be there."""
    changes: tuple[PlannedChange[N], ...] = ()
    """Changes that are planned, in order of time."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, (str, int, float)) else given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the block and the number alone."""
        found = super().__get_pydantic_json_schema__(schema, handler)
        block = handler.resolve_ref_schema(found)
        if "anyOf" not in block:
            described = dict(block)
            number = described["properties"]["value"]["anyOf"][0]
            block.clear()
            block |= {"anyOf": [number, described]}
        return found


RescueUnitCount = Capacity[Annotated[int, Quantity("rescue units")]]
OfficerCount = Capacity[Annotated[int, Quantity("officers")]]
DeskCount = Capacity[Annotated[int, Quantity("desks")]]
PlaceCount = Capacity[Annotated[int, Quantity("persons")]]
VehicleCount = Capacity[Annotated[int, Quantity("vehicles")]]
NurseCount = Capacity[Annotated[int, Quantity("nurses")]]
ClinicianCount = Capacity[Annotated[int, Quantity("clinicians")]]
BedCount = Capacity[Annotated[int, Quantity("beds")]]
