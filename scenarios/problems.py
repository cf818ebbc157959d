"""Problems found in a scenario file, each with the place where it can be corrected."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Position(int):
    """Where a cell is in a spreadsheet; sorts like the line of a text file."""

    label: str

    @classmethod
    def of(cls, sheet: int, row: int, column: int, name: str) -> Position:
        """Return the position of a cell.

        Parameters
        ----------
        sheet, row, column : int
            Counted from 1.
        name : str
            Of the sheet; empty for a CSV file.

        Returns
        -------
        Position

        Examples
        --------
        >>> Position.of(2, 5, 28, "Sites").label
        'sheet Sites, cell AB5'

        """
        position = cls(sheet * 10**9 + row * 10**4 + column)
        letters, rest = "", column
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("A") + letter) + letters
        position.label = f"sheet {name}, cell {letters}{row}" if name else f"row {row}, {letters}"
        return position


def line_label(line: int) -> str:
    """Return a line or a cell as a reader finds it."""
    return line.label if isinstance(line, Position) else f"line {line}"


class Problem(NamedTuple):
    """Something a person has to correct in a file.

    Parameters
    ----------
    file : str
        As the reader knows it.
    line : int
        Counted from 1; 0 means the file as a whole.
    path : str
        The key, with things addressed by name; empty for the file as a whole.
    message : str

    """

    file: str
    line: int
    path: str
    message: str


class ScenarioError(ValueError):
    """A scenario file cannot be used; holds all its problems in the order of the file.

    Parameters
    ----------
    problems : iterable of Problem

    Examples
    --------
    >>> raise ScenarioError([Problem("plan.yaml", 3, "name", "has no value.")])
    Traceback (most recent call last):
    scenarios.problems.ScenarioError: plan.yaml has 1 problem:
      line 3  name: has no value.

    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = _in_file_order(list(problems))
        super().__init__(_listing(self.problems))


def _in_file_order(problems: list[Problem]) -> tuple[Problem, ...]:
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.file for problem in unique))
    return tuple(sorted(unique, key=lambda problem: (files.index(problem.file), problem.line)))


def _listing(problems: Sequence[Problem]) -> str:
    parts = []
    for file in dict.fromkeys(problem.file for problem in problems):
        here = [problem for problem in problems if problem.file == file]
        width = max(len(line_label(problem.line)) for problem in here)
        parts.append(f"{file} has {len(here)} problem{'s' if len(here) > 1 else ''}:")
        for problem in here:
            where = f"{line_label(problem.line):<{width}}  " if problem.line else ""
            what = f"{problem.path}: " if problem.path else ""
            parts.append(f"  {where}{what}{problem.message}")
    return "\n".join(parts)


def suggestion(given: str, known: Iterable[str]) -> str:
    """Return the nearest right name as a clause for a message, or nothing.

    Parameters
    ----------
    given : str
    known : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> suggestion("seat", ["seats", "speed"])
    ", did you mean 'seats'?"

    """
    candidates = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(given.casefold(), candidates, n=1, cutoff=0.6)
    return f", did you mean {candidates[near[0]]!r}?" if near else ""
