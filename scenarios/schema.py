"""Scenario files: what they may say.

Every quantity carries its unit in text and what it rests on; things are addressed by name; unknown
keys are errors. :func:`scenarios.files.load_scenario` reads a file into a :class:`Scenario`.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PrivateAttr, WithJsonSchema

from scenarios.documents import Block, copied, write_text, written
from scenarios.messages import place_at
from scenarios.outlooks import Forecast
from scenarios.problems import Problem
from scenarios.provenance import Source, sources_of
from scenarios.services import (
    Ambulances,
    Breakdown,
    HealthPost,
    Inflow,
    LegalClock,
    Loss,
    MassCasualty,
    MobileTeam,
    Observed,
    Outbreak,
    People,
    Reception,
    Rescue,
    Site,
    Transport,
    Trigger,
    Ward,
    Weather,
)
from scenarios.values import (
    Count,
    Date,
    Name,
    Section,
    Seed,
    Sentence,
    SomeHours,
    SomePersons,
    default,
)

__all__ = ["Change", "Derivation", "Scenario"]

SCHEMA_VERSION = "1"
_SHORT: Final = r"^[\w-]+$"


class Time(Section):
    """The simulated period."""

    start: Date
    """Day 1 of the run."""
    run_length: SomeHours
    """At most to the end of the forecast."""


class Experiment(Section):
    """How often the simulation is repeated, and with which random numbers."""

    replications: Count = default("200", "enough to show a probability of 5 % to about 3 points")
    """Number of repetitions."""
    seed: Seed = default("20220701", "any whole number; the same seed gives the same results")
    """Root of all random numbers."""


class Change(Section):
    """One difference of a derived scenario, with its reason."""

    set: Sentence | None = None
    """Path of what gets a new value."""
    add: Sentence | None = None
    """Path of the list that gets one more entry."""
    remove: Sentence | None = None
    """Path of what is left out."""
    to: Any = None
    """The new value."""
    item: Any = None
    """The new entry."""
    because: Sentence
    """The reason, with a source."""

    @property
    def what(self) -> str:
        """What is changed: a path."""
        return self.set or self.add or self.remove or ""

    @property
    def new(self) -> str:
        """The new value as one line of text, or ``removed``."""
        if self.remove:
            return "removed"
        return written(self.to if self.set else self.item)


class Derivation(Section):
    """A step from a base scenario to one derived from it."""

    name: Name
    """Short name without spaces."""
    title: Sentence
    """For the report."""
    based_on: Sentence
    """The scenario that is changed: a name of the library or a file."""
    changes: tuple[Change, ...]
    """What differs, in order."""


class Scenario(Section):
    """A complete scenario, after the changes of derived scenarios."""

    schema_version: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})] = Field(
        alias="schema"
    )
    """Version of the format; 1."""
    name: Annotated[
        Name,
        Field(pattern=_SHORT),
        WithJsonSchema({"type": ["string", "number"], "pattern": _SHORT}),
    ]
    """Short name without spaces."""
    title: Sentence
    """For the report."""
    question: Sentence
    """What the scenario is to answer."""
    not_covered: Sentence | None = None
    """What the plan leaves out, in words; the report says it."""
    time: Time
    experiment: Experiment = Experiment()
    forecast: Forecast
    people: People
    """Who comes."""
    population: SomePersons | None = None
    """People who live in the area the report is about; indicators that are rates need it."""
    inflows: tuple[Inflow, ...] = Field(min_length=1)
    """Who asks for the services, by place and cause."""
    rescue: tuple[Rescue, ...] = ()
    reception: tuple[Reception, ...] = Field(min_length=1)
    sites: tuple[Site, ...] = Field(min_length=1)
    transport: tuple[Transport, ...] = ()
    health: tuple[HealthPost, ...] = ()
    wards: tuple[Ward, ...] = ()
    ambulances: tuple[Ambulances, ...] = ()
    mobile_teams: tuple[MobileTeam, ...] = ()
    outbreaks: tuple[Outbreak, ...] = ()
    """Diseases that crowding feeds."""
    mass_casualties: tuple[MassCasualty, ...] = ()
    """Incidents that bring many patients at once."""
    weather: tuple[Weather, ...] = ()
    losses: tuple[Loss, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    """Capacity that comes when a condition says so."""
    breakdowns: tuple[Breakdown, ...] = ()
    """Units that fail and are repaired."""
    legal_clocks: tuple[LegalClock, ...] = ()
    """Time limits; without any, 24 hours, 72 hours and 7 days without a place."""
    observed: tuple[Observed, ...] = ()
    """Curves that were observed, beside which the report sets the simulated ones."""
    history: tuple[Derivation, ...] = ()
    """Changes that led here from a base; written by the program."""

    _tree: Block = PrivateAttr()
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _file: str = PrivateAttr(default="")

    def __eq__(self, other: object) -> bool:
        """Compare what the scenarios say, wherever it was read."""
        return isinstance(other, Scenario) and self.resolved_yaml() == other.resolved_yaml()

    def __hash__(self) -> int:
        return hash(self.resolved_yaml())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may not be meant, though it can be run."""
        return self._warnings

    @property
    def file(self) -> str:
        """Name of the file the scenario was read from."""
        return self._file

    def problem(self, path: str, message: str) -> Problem:
        """Return a problem with the file and line of a key, for checks against data.

        Parameters
        ----------
        path : str
            With things addressed by name, such as ``inflows.hiraan-flood.locations``.
        message : str

        Returns
        -------
        Problem

        """
        return Problem(*place_at(self._tree, path), path, message)

    def folder(self, path: str) -> Path:
        """Return the folder of the file that sets a key; file names are relative to it.

        Parameters
        ----------
        path : str
            Such as ``forecast.data``.

        Returns
        -------
        pathlib.Path

        """
        return Path(place_at(self._tree, path).file).parent

    @property
    def changes(self) -> tuple[Change, ...]:
        """Changes of all derived scenarios on the way here, oldest first."""
        return tuple(change for step in self.history for change in step.changes)

    def sources(self) -> tuple[Source, ...]:
        """List every number with what it rests on, and every default.

        Returns
        -------
        tuple of Source
            Path, value as written, kind (source, assumption, change, default, not given), text.

        """
        return sources_of(self, self.changes, self._tree)

    def tree(self) -> Block:
        """Return a copy of what the scenario was read from, without a base."""
        tree = copied(self._tree)
        assert isinstance(tree, Block)  # noqa: S101 - a copy of a block is a block
        return tree

    def resolved_yaml(self) -> str:
        """Return the scenario as one YAML text without a base; it loads back to the same."""
        return write_text(self._tree)
