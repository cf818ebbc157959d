"""A scenario driven to its breaking points: more people, losses, delays, what one unit buys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from scenarios.app.capacities import capacity_fields
from scenarios.app.form import largest_stress
from scenarios.comparison import mean_interval
from scenarios.delays import delays_of, longer
from scenarios.files import changed_scenario
from scenarios.searches import capacity_changes
from scenarios.summaries import facilities
from scenarios.variants import Variants, more_people

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scenarios.delays import Delay
    from scenarios.schema import Scenario

FACTORS: Final = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""People who come over those of the forecast that are tried; an assumption of this program."""
BREAKS_FROM: Final = 0.5
"""A facility is said to break when it fails in at least this share of futures."""
_SHARE_OF_UNIT: Final = 0.05
"""A capacity is raised by this share, at least one unit, to see what one unit buys."""
LONGER: Final = 2.0
"""How many times as long each delay is made; an assumption of this program."""
ALL_DELAYS: Final = "all of them"
LEADING: Final = "total_nights_without_place"
OTHER: Final = ("not_reached_total", "patients_left_unseen")


class Stress(NamedTuple):
    """What a stress test found.

    Parameters
    ----------
    breaking : pandas.DataFrame
        One row per facility, first to break first: ``facility``, ``chance`` of failing with the
        forecast as it is and its 95 % interval ``low``, ``high``; ``holds_to`` and ``breaks_at``,
        the people who come over those of the forecast between which it breaks (not a number: it
        breaks at the smallest factor tried, or at none).
    chances : pandas.DataFrame
        Chance of failing: one row per facility, one column per factor.
    losses : pandas.DataFrame
        One row per facility that is lost for the whole run, worst first: change of each measure,
        paired, with 95 % interval.
    units : pandas.DataFrame
        One row per capacity and measure, most first: what **one unit more** changes, with 95 %
        interval.
    delays : pandas.DataFrame
        One row per delay of the plan and measure, worst first, and all of them together: change
        when it is ``times`` as long, with 95 % interval; ``facility`` is whose delay it is,
        ``delay`` what it is in words and its path in the file. Empty where a plan has no delay.

    """

    breaking: pd.DataFrame
    chances: pd.DataFrame
    losses: pd.DataFrame
    units: pd.DataFrame
    delays: pd.DataFrame


def possible_factors(scenario: Scenario) -> tuple[float, ...]:
    """Return those of :data:`FACTORS` with which not more than all displaced people come."""
    most = largest_stress(scenario) * (1 + 1e-9)
    return tuple(factor for factor in FACTORS if factor <= most)


def stress_test(
    variants: Variants,
    *,
    factors: Sequence[float] | None = None,
    breaks_from: float = BREAKS_FROM,
    times_as_long: float = LONGER,
    advance: Callable[[str], None] = lambda _what: None,
) -> Stress:
    """Drive a scenario to its breaking points.

    Parameters
    ----------
    variants : Variants
        The scenario with its replications; every trial meets the same futures.
    factors : sequence of float or None
        People who come over those of the forecast, above 0; 1 is added when it is missing. None
        takes :func:`possible_factors`.
    breaks_from : float
        Share of futures in which a facility that breaks fails.
    times_as_long : float
        Each delay of the plan over what it is now, above 0.
    advance : callable
        Told what is tried next.

    Returns
    -------
    Stress

    Raises
    ------
    ExperimentError
        If a factor asks for more than all displaced people.
    ScenarioError
        If a delay cannot be so long.

    """
    chosen = possible_factors(variants.scenario) if factors is None else factors
    ordered = sorted({*map(float, chosen), 1.0})
    planned = {f: [] if f == 1 else more_people(variants.scenario, f) for f in ordered}
    for changes in planned.values():  # what is not possible is refused before anything is run
        changed_scenario(variants.scenario, changes)
    changed_scenario(variants.scenario, longer(delays_of(variants.scenario), times_as_long))
    chances = {}
    for factor, changes in planned.items():
        advance(f"{factor:g} times the people")
        chances[factor] = facilities(variants.measures(changes)).set_index("facility")
    table = pd.DataFrame({factor: one["chance"] for factor, one in chances.items()})
    present = chances[1.0]
    breaking = pd.DataFrame(
        {
            "chance": present["chance"],
            "low": present["chance_low"],
            "high": present["chance_high"],
            **_break_points(table, breaks_from),
        }
    )
    order = breaking.assign(rank=breaking["breaks_at"].fillna(np.inf)).sort_values(
        ["rank", "chance"], ascending=[True, False], kind="stable"
    )
    breaking = order.drop(columns="rank").reset_index()
    losses = _losses(variants, list(table.index), advance)
    units = _units(variants, advance)
    delays = _delays(variants, times_as_long, advance)
    return Stress(breaking, table.loc[breaking["facility"]], losses, units, delays)


def _break_points(table: pd.DataFrame, breaks_from: float) -> dict[str, pd.Series]:
    broken = table >= breaks_from
    factors = np.array(table.columns, dtype=np.float64)
    first = np.where(broken.any(axis=1), broken.to_numpy().argmax(axis=1), len(factors))
    bounded = np.concatenate([[np.nan], factors, [np.nan]])
    return {
        "holds_to": pd.Series(bounded[first], index=table.index),
        "breaks_at": pd.Series(bounded[1:][first], index=table.index),
    }


def _losses(
    variants: Variants, names: Sequence[str], advance: Callable[[str], None]
) -> pd.DataFrame:
    base = variants.outcomes()
    rows = []
    start = variants.scenario.time.start.isoformat()
    for name in names:
        advance(f"without {name}")
        loss = {
            "name": f"stress-loss-of-{name}".replace(" ", "-"),
            "facility": name,
            "from": start,
            "remaining": "0 %",
            "because": "Stress test: lost for the whole run.",
        }
        kept = [
            {"remove": f"losses.{one.name}", "because": "Lost altogether."}
            for one in variants.scenario.losses
            if one.facility == name
        ]
        changes: list[dict[str, Any]] = [*kept, {"add": "losses", "item": loss, "because": "Lost."}]
        rows += _differences(base, variants.outcomes(changes), name, 1)
    table = pd.DataFrame(rows)
    return _ranked(table, worst_first=True)


def _units(variants: Variants, advance: Callable[[str], None]) -> pd.DataFrame:
    base = variants.outcomes()
    rows = []
    for one in capacity_fields(variants.scenario):
        more = max(round(_SHARE_OF_UNIT * one.present), 1)
        advance(f"{one.written(one.present + more)} in {one.label}")
        changes = capacity_changes([one], [one.present + more])
        found = _differences(base, variants.outcomes(changes), one.facility, more)
        rows += [row | {"tried": more, "unit_of_capacity": one.shown_unit} for row in found]
    return _ranked(pd.DataFrame(rows), worst_first=False)


def _delays(variants: Variants, times: float, advance: Callable[[str], None]) -> pd.DataFrame:
    base = variants.outcomes()
    found = delays_of(variants.scenario)
    trials: list[tuple[str, str, tuple[Delay, ...]]] = [
        (one.owner, f"{one.owner}: {one.what} ({one.path})", (one,)) for one in found
    ]
    if len(found) > 1:
        trials.append((ALL_DELAYS, ALL_DELAYS, found))
    rows = []
    for owner, delay, late in trials:
        advance(f"{times:g} times as long: {delay}")
        other = variants.outcomes(longer(late, times))
        rows += [
            row | {"delay": delay, "times": times} for row in _differences(base, other, owner, 1)
        ]
    columns = ["facility", "measure", "difference", "low", "high", "unit", "delay", "times"]
    if not rows:
        return pd.DataFrame(columns=columns)
    return _ranked(pd.DataFrame(rows, columns=columns), worst_first=True, by="delay")


def _differences(
    base: pd.DataFrame, other: pd.DataFrame, facility: str, units: int
) -> list[dict[str, Any]]:
    rows = []
    for measure in (LEADING, *OTHER):
        difference = (other[measure] - base[measure]).to_numpy(dtype=np.float64) / units
        low, high = mean_interval(difference)
        rows.append(
            {
                "facility": facility,
                "measure": measure,
                "difference": float(difference.mean()),
                "low": low,
                "high": high,
                "unit": base.attrs["units"][measure],
            }
        )
    return rows


def _ranked(table: pd.DataFrame, *, worst_first: bool, by: str = "facility") -> pd.DataFrame:
    """Sort facilities by their change of the leading measure; rows of a facility stay together."""
    leading = table[table["measure"] == LEADING].set_index(by)["difference"]
    rank = leading.rank(method="first", ascending=not worst_first)
    return (
        table.assign(rank=table[by].map(rank))
        .sort_values("rank", kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )
