"""Sums of what offices answered: capacity, need, gaps and outcomes at every level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.sharing.capacities import KINDS

if TYPE_CHECKING:
    from forecasting.sharing.collection import Collection
    from forecasting.sharing.package import Package

Array = npt.NDArray[np.float64]
PLACES: Final = "reception places"
LEVELS: Final = (0.05, 0.5, 0.95)
INTERVAL: Final = ("low", "median", "high")
"""Ends of the central 90 % interval, and the median, over the samples."""
NEED: Final = (
    "Need: persons newly displaced in the month with most of them, as if each needed a place for "
    "that month and nobody longer (an assumption; the outcomes of simulations do not make it)."
)


def interval_of(samples: Array) -> dict[str, float]:
    """Median and central 90 % interval of a sum over samples.

    Examples
    --------
    >>> interval_of(np.arange(101.0))
    {'low': 5.0, 'median': 50.0, 'high': 95.0}

    """
    found = np.quantile(samples, LEVELS)
    return dict(zip(INTERVAL, (float(value) for value in found), strict=True))


def _inside(package: Package) -> dict[str, set[str]]:
    """Every node with itself and all nodes below it."""
    tree = package.hierarchy
    inside = {code: {code} for code in tree.codes}
    for code, parent in reversed(list(zip(tree.codes, tree.parents, strict=True))):
        if parent:
            inside[parent] |= inside[code]
    return inside


def _place(package: Package, code: str) -> dict[str, object]:
    tree = package.hierarchy
    return {
        "location": code,
        "location_name": tree.name_of(code),
        "admin_level": tree.level_of(code),
        "parent": tree.parent_of(code),
    }


def capacity_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Sum capacities by place and kind.

    Parameters
    ----------
    package : Package
    collection : Collection

    Returns
    -------
    pandas.DataFrame
        Columns location, location_name, admin_level, parent, kind, capacity (in ``unit``), unit,
        places_telling: places at or below that told this kind. A place where nobody told a kind has
        no row: unknown is not zero.

    """
    inside = _inside(package)
    rows = []
    for code in package.hierarchy.codes:
        for kind, unit in KINDS.items():
            own = [one for one in collection.capacities
                   if one.kind == kind and one.location in inside[code]]  # fmt: skip
            if own:
                rows.append(
                    {
                        **_place(package, code),
                        "kind": kind,
                        "capacity": sum(one.capacity for one in own),
                        "unit": unit,
                        "places_telling": len({one.location for one in own}),
                    }
                )
    columns = ["location", "location_name", "admin_level", "parent", "kind", "capacity", "unit",
               "places_telling"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def gap_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Compare the need in the forecast with reception places, sample by sample.

    Need and gap are about the lowest places whose reception places are known; :data:`NEED` says
    what need is. ``gap`` takes the places of a region or country together, as if people could be
    brought to any of them; ``gap_apart`` sums the gaps of the lowest places, as if nobody were.

    Parameters
    ----------
    package : Package
        The forecast, with overrides merged if there are any.
    collection : Collection

    Returns
    -------
    pandas.DataFrame
        One row per place: displaced (persons over all periods, all lowest places), need, capacity,
        gap and gap_apart in persons, each but capacity as low, median and high (central 90 % of
        samples); known and lowest: number of lowest places with known capacity, and of all;
        chance_short: share of samples with a gap. NaN where no capacity is known.

    """
    tree = package.hierarchy
    dims = [dim for dim in ("cause",) if dim in package.forecast.dims]
    months = package.forecast.sum(dims).transpose("location", "sample", "time").to_numpy()
    position = {str(code): n for n, code in enumerate(package.forecast["location"].to_numpy())}
    inside = _inside(package)
    places: dict[str, int] = defaultdict(int)
    for one in collection.capacities:
        if one.kind == PLACES:
            places[one.location] += one.capacity
    known = {member for code in places for member in tree.members(code)}
    apart = {
        code: np.maximum(months[position[code]].max(axis=1) - places[code], 0.0)
        for code in tree.bottom
        if code in places
    }
    rows = []
    for code in tree.codes:
        members = tree.members(code)
        held = [position[member] for member in members if member in known]
        row = {**_place(package, code), "known": len(held), "lowest": len(members)}
        total = months[[position[member] for member in members]].sum(axis=(0, 2))
        parts: dict[str, Array | None] = {"displaced": total, "need": None, "gap": None,
                                          "gap_apart": None}  # fmt: skip
        own = [value for place, value in places.items() if place in inside[code]]
        row["capacity"] = float(sum(own)) if own else np.nan
        row["chance_short"] = np.nan
        if own and held:
            need = months[held].sum(axis=0).max(axis=1)
            gap = np.maximum(need - sum(own), 0.0)
            row["chance_short"] = float((gap > 0).mean())
            lowest = [apart[member] for member in members if member in apart]
            parts |= {"need": need, "gap": gap,
                      "gap_apart": np.sum(lowest, axis=0) if lowest else None}  # fmt: skip
        for name, samples in parts.items():
            found = dict.fromkeys(INTERVAL, np.nan) if samples is None else interval_of(samples)
            row |= {f"{name}_{end}": value for end, value in found.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def outcome_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Sum simulated outcomes by place, sample by sample.

    Where a place and places below it answered, its own outcomes count at its level and above, so
    that nobody is counted twice; the others are shown at their own level.

    Parameters
    ----------
    package : Package
    collection : Collection

    Returns
    -------
    pandas.DataFrame
        One row per place with outcomes below it and measure: unit, low, median, high (central
        90 % over samples all of them simulated), samples, answers (outcomes summed).

    """
    tree = package.hierarchy
    told = {one.unit: one.outcomes for one in collection.responses if one.outcomes is not None}
    counting: dict[str, list[str]] = {}
    for code in reversed(tree.codes):
        below = [one for child in tree.children(code) for one in counting[child]]
        counting[code] = [code] if code in told else below
    rows = []
    for code in tree.codes:
        arrays = [told[place] for place in counting[code]]
        if not arrays:
            continue
        numbers = set.intersection(*(set(one["sample"].to_numpy().tolist()) for one in arrays))
        common = sorted(numbers)
        measures = list(
            dict.fromkeys(str(name) for one in arrays for name in one["measure"].to_numpy())
        )
        for measure in measures if common else []:
            own = [one.sel(measure=measure) for one in arrays if measure in one["measure"]]
            total = np.sum([one.sel(sample=common).to_numpy() for one in own], axis=0)
            rows.append(
                {
                    **_place(package, code),
                    "measure": measure,
                    "unit": str(own[0]["unit"].to_numpy()[()]),
                    **interval_of(total),
                    "samples": len(common),
                    "answers": len(own),
                }
            )
    columns = ["location", "location_name", "admin_level", "parent", "measure", "unit", *INTERVAL,
               "samples", "answers"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
