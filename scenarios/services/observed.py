"""What a scenario file says about what was observed, to set beside what is simulated."""

from typing import Final, Literal

from pydantic import Field, model_validator

from forecasting.readers import is_workbook
from scenarios.values import (
    Count,
    Date,
    Name,
    Persons,
    Section,
    Sentence,
    Share,
    default,
)

What = Literal[
    "present at the end of the day",
    "mean present",
    "most present",
    "most waiting",
    "most present or waiting",
    "arrivals",
    "exits so far",
]

FLOWS: Final = ("arrivals",)
"""What is counted over days, so that a point may cover several."""


class ObservedPoint(Section):
    """One observed number."""

    at: Date = Field(alias="on")
    """The day; of what is counted over days, the first of them."""
    until: Date | None = None
    """For arrivals: the day after the last that is counted; without it the day itself."""
    value: Persons
    """What was observed."""


class FittedSpan(Section):
    """Days whose observations were used to choose numbers of the scenario."""

    at: Date = Field(alias="from")
    """First day."""
    until: Date
    """Day after the last."""


class Observed(Section):
    """A curve that was observed, beside which the report sets the simulated one."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    what: What
    """What was observed; people are counted in the facilities named by ``of``."""
    of: tuple[Name, ...] = Field(min_length=1)
    """Facilities by name; their numbers are added."""
    points: tuple[ObservedPoint, ...] = ()
    """Observed numbers, written in the scenario itself."""
    data: Sentence | None = None
    """Instead of ``points``: a table of the package, or a CSV or XLSX file with a column ``date``.
    Arrivals are compared by the period of the table; in a file they are by day."""
    sheet: Sentence | None = None
    """Of an XLSX file; may be left out when only one sheet holds anything."""
    column: Name | None = None
    """Column with the numbers; of a file, ``persons`` if not given."""
    day_of_month: Count | None = None
    """Of a table, only the observations of this day of each month."""
    share: Share = default("100 %", "the run simulates everyone who was observed")
    """Share of what was observed that the run simulates; the numbers are taken times this."""
    scatter: Share = default("0 %", "only the chance that is simulated")
    """Coefficient of variation of single observations around a right curve, as found where the
    numbers were fitted; it widens the intervals that must cover the observations."""
    fitted: tuple[FittedSpan, ...] = ()
    """Spans used to choose numbers of the scenario; everything else is held out."""
    confidence: Sentence
    """How far to trust the observations, in words."""

    @model_validator(mode="after")
    def _complete(self) -> "Observed":
        if self.source is None:
            msg = "needs 'source': who published what was observed."
            raise ValueError(msg)
        if (self.data is None) == (not self.points):
            msg = "needs either 'points' or 'data'."
            raise ValueError(msg)
        if self.data is None and (self.column is not None or self.day_of_month is not None):
            msg = "'column' and 'day_of_month' belong to 'data'."
            raise ValueError(msg)
        if self.sheet is not None and not is_workbook(self.data or ""):
            msg = "'sheet' is for data in an .xlsx file."
            raise ValueError(msg)
        days = [point.at for point in self.points]
        if sorted(set(days)) != days:
            msg = "the points must be in order of time, each day once."
            raise ValueError(msg)
        for point in self.points:
            if point.until is not None and self.what not in FLOWS:
                msg = f"'until' is for arrivals; {self.what!r} is observed on one day."
                raise ValueError(msg)
            if point.until is not None and point.until <= point.at:
                msg = f"the point of {point.at} ends on {point.until}, before it begins."
                raise ValueError(msg)
        for span in self.fitted:
            if span.until <= span.at:
                msg = f"a fitted span ends on {span.until}, before it begins on {span.at}."
                raise ValueError(msg)
        return self
