"""Every delay of a scenario, and the changes that make it longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scenarios.provenance import NAMING_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scenarios.schema import Scenario

DELAYS: Final = {
    "alert_delay": "until the call for rescue",
    "delay": "until a call is passed on",
    "readiness": "until departure",
    "readiness_by_hour": "until departure, by hour",
    "turnaround": "after each trip",
    "mobilization": "until vehicles stand ready",
    "travel_time": "on the way",
    "return_time": "until vehicles are back",
    "lead_time": "from the decision until capacity is there",
    "repair_time": "of repairs",
}
"""Keys of a scenario file that say how late help is, and what they are."""
_SCALED: Final = ("value", "mean", "sd", "low", "mode", "high", "readiness")
"""Keys with a time in the block of a delay."""


class Delay(NamedTuple):
    """A delay of a scenario.

    Parameters
    ----------
    path : str
        Where it stands, such as ``triggers.more-beds.lead_time``.
    owner : str
        Name of what is late.
    what : str
        In words.
    written : object
        As the file says it.

    """

    path: str
    owner: str
    what: str
    written: Any

    def change(self, factor: float) -> dict[str, Any]:
        """Return the change that makes it so many times as long.

        Examples
        --------
        >>> boats = Delay("rescue.river.units.boats.readiness", "boats", "", "30 min")
        >>> boats.change(2)["to"]
        '60 min'

        """
        return {
            "set": self.path,
            "to": _scaled(self.written, factor),
            "because": f"Stress test: {factor:g} times as long.",
        }


def delays_of(scenario: Scenario) -> tuple[Delay, ...]:
    """List the delays of a scenario in the order of its file.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Delay
        Those of :data:`DELAYS` that the file gives, and are not zero.

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> [one.path for one in delays_of(load_scenario("assam-june-2022"))][:2]
    ['rescue.river-boats.alert_delay', 'rescue.river-boats.units.boats.readiness']

    """
    found = _found(scenario.tree(), (), "")
    return tuple(one for one in found if _scaled(one.written, 2.0) != one.written)


def _found(tree: Any, path: tuple[str, ...], owner: str) -> Iterator[Delay]:
    if isinstance(tree, list):
        for item in filter(_is_block, tree):
            for name in [str(item[key]) for key in NAMING_KEYS if key in item][:1]:
                yield from _found(item, (*path, name), name)
    elif _is_block(tree):
        for key, value in tree.items():
            if key in DELAYS and value is not None:
                yield Delay(".".join((*path, key)), owner, DELAYS[key], value)
            else:
                yield from _found(value, (*path, key), owner)


def _is_block(tree: Any) -> bool:
    return isinstance(tree, dict)


def _scaled(written: Any, factor: float) -> Any:
    """Multiply the times of a quantity, a distribution or a list of either."""
    if isinstance(written, str):
        number, _, unit = written.partition(" ")
        return f"{float(number) * factor:.12g} {unit}"
    if isinstance(written, list):
        return [_scaled(one, factor) for one in written]
    return {
        key: _scaled(value, factor) if key in (*_SCALED, "parts") and value is not None else value
        for key, value in written.items()
    }


def longer(delays: Sequence[Delay], factor: float) -> list[dict[str, Any]]:
    """Return the changes that make delays so many times as long.

    Parameters
    ----------
    delays : sequence of Delay
    factor : float
        Above 0.

    Returns
    -------
    list of dict
        For :func:`scenarios.files.changed_scenario`.

    """
    return [one.change(factor) for one in delays]
