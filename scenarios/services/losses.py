"""What a scenario file says about losses of capacity."""

from pydantic import Field

from scenarios.values import (
    MomentText,
    Name,
    Section,
    Sentence,
    Share,
    default,
)


class Loss(Section):
    """A facility that loses capacity for a time."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    facility: Name
    """Boats, desks, site, vehicles, health post or ward, by name."""
    at: MomentText = Field(alias="from")
    """When it begins."""
    until: MomentText | None = None
    """When it ends; without it the loss lasts to the end of the run."""
    remaining: Share
    """Share of the capacity that is left, rounded down."""
    chance: Share = default("100 %", "the loss happens in every future")
    """Share of futures in which it happens."""
    latest: MomentText | None = None
    """When it begins at the latest; then it begins evenly between ``from`` and this time, and lasts
    as long as from ``from`` to ``until``."""
    because: Sentence
    """What happened."""
