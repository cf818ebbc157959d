"""What a scenario file says about the people who come."""

import math

from pydantic import Field, model_validator

from scenarios.values import (
    ClockSpan,
    Hours,
    Name,
    Section,
    Share,
    SizeSpread,
    WaveLimit,
    Weight,
    default,
)
from simulation.parts import MAX_BOAT, MAX_GROUP


class People(Section):
    """Who comes: household size and shares used to draw attributes."""

    group_size: SizeSpread
    """How many persons come together, at most 16."""
    female: Share
    """Share of persons."""
    child: Share
    """Share of persons below 18 years."""
    under_five: Share
    """Share of persons; part of ``child``."""
    elderly: Share
    """Share of persons of 60 years and over."""
    pregnant: Share
    """Share of women of 18 to 59 years."""
    disability: Share
    """Share of persons."""
    urgent_need: Share
    """Share of persons who need care at once on arrival."""
    unaccompanied_child: Share
    """Share of persons arriving alone who are children."""

    chronic_need: Share = default("0 %", "no share is given")
    """Share of persons with a chronic condition that needs regular care."""

    @model_validator(mode="after")
    def _possible(self) -> "People":
        if self.under_five > self.child:
            msg = (
                f"under_five is {self.under_five:.0%} but child is {self.child:.0%}; "
                "children under five are part of the children under 18."
            )
            raise ValueError(msg)
        if self.child + self.elderly > 1:
            msg = f"child and elderly add up to {self.child + self.elderly:.0%}, above 100 %."
            raise ValueError(msg)
        size = self.group_size
        largest = size.high if size.high is not None else size.mean
        if largest is not None and largest > MAX_GROUP:
            msg = f"group_size goes up to {largest:g} persons; at most {MAX_GROUP} are simulated."
            raise ValueError(msg)
        return self


class HoursWeight(Section):
    """A span of the day and how likely arrivals are in each of its hours."""

    span: ClockSpan
    """Hours of the day."""
    weight: Weight
    """How likely an arrival is in each of these hours, compared with other hours."""


class Boats(Section):
    """Boats or vehicles that bring many groups at once; in distress each is one incident."""

    persons: SizeSpread
    """Persons on board, at most 2000."""

    @model_validator(mode="after")
    def _possible(self) -> "Boats":
        largest = self.persons.high if self.persons.high is not None else self.persons.mean
        if largest is not None and largest > MAX_BOAT:
            msg = f"persons goes up to {largest:g} on one boat; at most {MAX_BOAT} are simulated."
            raise ValueError(msg)
        return self


class Inflow(Section):
    """A part of the displaced people of the forecast who ask for the services simulated here."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    locations: tuple[Name, ...] = Field(min_length=1)
    """Places of the forecast, by code."""
    causes: tuple[Name, ...] = ()
    """Causes of the forecast; empty when it has none."""
    share: Share
    """Share of the displaced people who come here; most stay with relatives."""
    cut_off: Share = default("0 %", "nobody is cut off unless the scenario says so")
    """Share of groups that need rescue first."""
    hours: tuple[HoursWeight, ...] = ()
    """When in the day people arrive."""
    onset: Hours = default("0 days", "arrivals are spread evenly over the month")
    """Within a month arrivals start on a random day and fade over this time; 0 is evenly."""
    weekdays: tuple[Weight, ...] = ()
    """How likely an arrival is on each day of the week, 7 numbers from Monday; empty is evenly."""
    weather: Name | None = None
    """Weather that lets people set out; without it they set out on any day."""
    sets_out_below: WaveLimit = default("any", "no limit is given")
    """Waves above which nobody sets out; needs ``weather``."""
    dispersion: Weight = default("0", "days differ by profile and weather only")
    """Squared coefficient of variation of random weights of days: how much busier some are."""
    boats: Boats | None = None
    """Groups that come by the boatload; without it every group comes by itself."""
    people: People | None = None
    """Who comes, if other than the ``people`` of the scenario."""
    reception: Name
    """Reception point they go to."""
    rescue: Name | None = None
    """Rescue service that fetches those cut off."""

    @model_validator(mode="after")
    def _days_are_possible(self) -> "Inflow":
        if self.weekdays and (len(self.weekdays) != 7 or not any(self.weekdays)):
            msg = (
                f"weekdays has {len(self.weekdays)} numbers; it needs 7, from Monday to Sunday, "
                "not all of them 0."
            )
            raise ValueError(msg)
        if self.weather is None and self.sets_out_below != math.inf:
            msg = "sets_out_below needs 'weather', the name of the weather that is meant."
            raise ValueError(msg)
        return self
