"""What a scenario file says about capacity that comes when a condition says so, and breakdowns."""

from pydantic import Field, model_validator

from scenarios.values import (
    AmountText,
    ClockSpan,
    Count,
    Hours,
    HoursOrNever,
    Name,
    Persons,
    Section,
    Sentence,
    Share,
    SomeHours,
    SomeHoursOrNever,
    TimeSpread,
    Weight,
    YesNo,
    default,
)


class MeasuredCondition(Section):
    """Something measured while the plan runs; give one of the keys that end in ``above``."""

    of: Name
    """Facility that is watched; for ``cut_off_above`` the rescue service."""
    occupancy_above: Share | None = None
    """Places taken over places of a site."""
    waiting_above: Persons | None = None
    """Persons waiting; for a site, those who ask for it first."""
    longest_wait_above: Hours | None = None
    """Wait of the person who has waited longest so far."""
    cut_off_above: Persons | None = None
    """Persons whom the rescue service has not reached yet."""
    held_for: Hours = default("0 hours", "the plan acts on the first report that says so")
    """How long every reading must have been above before the plan acts."""
    checked_every: SomeHours = default("24 hours", "a situation report every day")
    """Time from one reading to the next."""

    @model_validator(mode="after")
    def _one(self) -> "MeasuredCondition":
        names = ("occupancy_above", "waiting_above", "longest_wait_above", "cut_off_above")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            msg = f"needs exactly one of {', '.join(names)}; given: {', '.join(given) or 'none'}."
            raise ValueError(msg)
        return self


class ForecastSignal(Section):
    """A chance read from the forecast for every coming period."""

    inflows: tuple[Name, ...] = Field(min_length=1)
    """Whose places and causes count."""
    above: Persons
    """Displaced people of a period in those places, before the share that asks for the services."""
    chance: Share
    """The plan acts when the forecast gives at least this chance of more."""
    notice: Hours = default("0 hours", "the decision is made when the period begins")
    """How long before a period begins the decision about it is made, at most at the start."""
    updated: YesNo = default("no", "the forecast is the one issued at the start of the run")
    """Whether only the samples count that agree best with the months that are over."""


class CapacityChange(Section):
    """What a trigger brings: more units, or a multiple of the plan; give exactly one."""

    facility: Name
    """Boats, desks, site, vehicles, health post or ward, by name."""
    add: AmountText | None = None
    """How many more."""
    factor: Weight | None = None
    """What the planned number is multiplied by, rounded down."""
    works: ClockSpan | None = None
    """When the added units work; by default in the hours of the facility."""

    @model_validator(mode="after")
    def _one(self) -> "CapacityChange":
        if (self.add is None) == (self.factor is None):
            msg = "needs exactly one of 'add' and 'factor'."
            raise ValueError(msg)
        if self.factor is not None and self.works is not None:
            msg = "'works' belongs to 'add'; a factor holds in the hours of the facility."
            raise ValueError(msg)
        return self


class TriggerEnd(Section):
    """When the change ends again; without either it stays to the end of the run."""

    after: SomeHoursOrNever = default("never", "the capacity stays")
    """So long after it came."""
    when_false_for: HoursOrNever = default("never", "the condition is not read again")
    """When every reading of the condition has been false for so long."""


class Trigger(Section):
    """Capacity that comes when a condition says so; give ``when`` or ``forecast``."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    when: MeasuredCondition | None = None
    forecast: ForecastSignal | None = None
    lead_time: TimeSpread
    """From the decision until the capacity is there."""
    change: CapacityChange
    ends: TriggerEnd = TriggerEnd()
    because: Sentence
    """What is agreed, and with whom."""

    @model_validator(mode="after")
    def _one(self) -> "Trigger":
        if (self.when is None) == (self.forecast is None):
            msg = "needs exactly one of 'when' (measured) and 'forecast'."
            raise ValueError(msg)
        if self.forecast is not None and self.ends.when_false_for < float("inf"):
            msg = "acts on the forecast, so it ends with 'after', not with 'when_false_for'."
            raise ValueError(msg)
        return self


class Breakdown(Section):
    """Units that fail one by one and wait for a repair crew."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    facility: Name
    """Boats, desks, vehicles, health post or ward, by name."""
    units: AmountText
    """How many of them can fail."""
    time_to_failure: TimeSpread
    """Of each unit, from the start or from the end of its last repair."""
    repair_time: TimeSpread
    crews: Count
    """Repairs at the same time."""
    because: Sentence
    """What fails and who repairs it."""
