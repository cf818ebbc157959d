"""What a planner tries: a present plan, changed capacities, and perhaps more people."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scenarios.documents import Place, tree_of, write_text
from scenarios.files import parse_scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.schema import Scenario

LONGEST_NAME: Final = 60
_NOWHERE: Final = Place("page", 0)


@dataclass(frozen=True, slots=True)
class Case:
    """One plan under one demand: a scenario to run.

    Parameters
    ----------
    title : str
        In the words of the page.
    short : str
        The same for the head of a column.
    scenario : Scenario
    text : str
        The scenario file to download; empty for the scenario the page began with.

    """

    title: str
    short: str
    scenario: Scenario
    text: str = ""

    @property
    def file_name(self) -> str:
        """Name of the file to download."""
        return f"{self.scenario.name}.yaml"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a planner asked for.

    Parameters
    ----------
    base : Scenario
        The present plan.
    reference : str
        Its name in the library, or the path of its file.
    numbers : tuple of (str, int)
        Path and new number of every capacity changed.
    changes : tuple of (str, str)
        The same with the unit, as a scenario file writes it.
    stress : float, dimensionless
        People who come, divided by those of the forecast; the same for both plans.
    replications : int
    name : str
        Of the changed plan.
    because : str
        Reason for the changes.

    """

    base: Scenario
    reference: str
    numbers: tuple[tuple[str, int], ...]
    changes: tuple[tuple[str, str], ...]
    stress: float
    replications: int
    name: str
    because: str

    @property
    def seed(self) -> int:
        """Seed of all random numbers: that of the scenario."""
        return self.base.experiment.seed

    @property
    def is_stressed(self) -> bool:
        """Whether more or fewer people come than forecast."""
        return self.stress != 1

    @property
    def key(self) -> str:
        """Hash of everything the page of this trial shows."""
        parts = (
            self.base.resolved_yaml(),
            self.reference,
            repr((self.changes, self.stress, self.replications, self.name, self.because)),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]

    def cases(self) -> tuple[Case, ...]:
        """List what is run: the present plan, under stress if asked for, and the changed plan.

        Returns
        -------
        tuple of Case
            The last two are compared, when there are two or more.

        Raises
        ------
        ScenarioError
            If the changed plan contradicts itself.

        """
        cases = [Case("Present plan", "present", self.base)]
        people = f", {self.stress:g} times the people" if self.is_stressed else ""
        short = ", stressed" if self.is_stressed else ""
        if self.is_stressed:
            text = self.text(stressed=True)
            cases.append(Case(f"Present plan{people}", f"present{short}", _parsed(text), text))
        if self.changes:
            text = self.text(stressed=False)
            cases.append(Case(f"Changed plan{people}", f"changed{short}", _parsed(text), text))
        return tuple(cases)

    def command(self, files: Sequence[str]) -> str:
        """Return the command line that gives the same numbers.

        Parameters
        ----------
        files : sequence of str
            Names or files of the plans run, in the order of :meth:`cases`.

        Returns
        -------
        str

        """
        words = ["safepassage", "run", files[-2] if len(files) > 1 else files[0]]
        words += ["--compare", files[-1]] if len(files) > 1 else []
        words += ["--replications", str(self.replications), "--seed", str(self.seed)]
        return shlex.join(words)

    def text(self, *, stressed: bool, reference: str | None = None) -> str:
        """Return a scenario file of the changed plan, or of the present plan under stress.

        Parameters
        ----------
        stressed : bool
            Whether to leave out the changed capacities.
        reference : str or None
            What to call the present plan; None takes its name or path.

        Returns
        -------
        str
            YAML; ``safepassage check`` accepts it beside the file it is based on.

        """
        changes = [{"set": path, "to": to, "because": self.because} for path, to in self.changes]
        if stressed:
            changes = []
        if self.is_stressed:
            changes += [
                {
                    "set": f"inflows.{inflow.name}.share",
                    "to": f"{100 * inflow.share * self.stress:.10g} %",
                    "because": (
                        f"Stress factor {self.stress:g}: people who come, divided by those of the "
                        "forecast. Not a forecast."
                    ),
                }
                for inflow in self.base.inflows
            ]
        title = f"{self.base.title}, {'same' if stressed else 'changed'} capacities"
        if self.is_stressed:
            title += f", {self.stress:g} times the people"
        document = {
            "schema": "1",
            "name": f"{self.base.name}-stress" if stressed else self.name,
            "title": title,
            "question": self.base.question,
            "based_on": reference or self.reference,
            "changes": changes,
        }
        return write_text(tree_of(document, _NOWHERE))


def _parsed(text: str) -> Scenario:
    return parse_scenario(text, "the changed plan")
