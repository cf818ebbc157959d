"""What a scenario file says about rescue."""

from pydantic import Field

from scenarios.values import (
    DistanceSpread,
    Hours,
    Name,
    RescueUnitCount,
    Section,
    Share,
    SomeKilometers,
    SomePersons,
    Speed,
    SquareKilometers,
    TimeSpread,
    default,
)


class RescueUnits(Section):
    """Boats or vehicles of one kind."""

    name: Name
    units: RescueUnitCount
    """How many, and when they work."""
    seats: SomePersons
    """Persons per trip and unit."""
    speed: Speed
    """On the way."""
    search_speed: Speed
    """While searching."""
    sweep_width: SomeKilometers
    """Effective sweep width for a household on a roof or levee."""
    readiness: Hours
    """From the order to departure."""
    boarding: Hours
    """Per group."""
    turnaround: Hours
    """After each trip."""


class Rescue(Section):
    """A rescue service."""

    name: Name
    location: Name
    alert_delay: TimeSpread
    """From being cut off until the coordination center knows."""
    distance: DistanceSpread
    """From the base to the group."""
    search_area: SquareKilometers = default("0 km2", "the position of a reported group is known")
    """Area in which a reported group must be found; 0 when its position is known."""
    holds_out: TimeSpread
    """How long a group can wait where it is cut off."""
    self_arrival: Share
    """Share of groups not reached in time that get out by themselves."""
    standard: Hours
    """Time to be reached that the plan promises."""
    units: tuple[RescueUnits, ...] = Field(min_length=1)
    """Boats or vehicles, by kind."""
