"""Sums of what offices answered: capacity, need, gaps and outcomes at every level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.sharing.capacities import KINDS
from forecasting.sharing.collection import counting, numbers_by_place
from forecasting.sharing.figures import quantiles_of

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.sharing.collection import Collection
    from forecasting.sharing.package import Package

Array = npt.NDArray[np.float64]
PLACES: Final = "reception places"
LEVELS: Final = (0.05, 0.5, 0.95)
INTERVAL: Final = ("low", "median", "high")
"""Ends of the central 90 % interval, and the median, over the samples."""


def need_of(package: Package) -> str:
    """Say what need is, by the periods of a package."""
    period = package.provenance["forecast"]["period"]
    return (
        f"Need: persons newly displaced in the {period} with most of them, as if each needed a "
        f"place for that {period} and nobody longer (an assumption; the outcomes of simulations "
        "do not make it)."
    )


def interval_of(samples: Array) -> dict[str, int]:
    """Median and central 90 % interval of a sum over samples, each the value of a sample.

    Examples
    --------
    >>> interval_of(np.array([0.0, 5.0, 10.0, 40.0]))
    {'low': 0, 'median': 5, 'high': 40}

    """
    found = quantiles_of(samples.astype(np.int64), LEVELS)
    return dict(zip(INTERVAL, found.tolist(), strict=True))


def _place(package: Package, code: str) -> dict[str, object]:
    tree = package.hierarchy
    return {
        "location": code,
        "location_name": tree.name_of(code),
        "admin_level": tree.level_of(code),
        "parent": tree.parent_of(code),
    }


def capacity_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Sum capacities by place and kind, each once.

    A number for all of a place counts there and above, whatever is told for places in it; see
    :func:`forecasting.sharing.collection.counting`.

    Parameters
    ----------
    package : Package
    collection : Collection

    Returns
    -------
    pandas.DataFrame
        Columns location, location_name, admin_level, parent, kind, capacity (in ``unit``), unit,
        places_telling: places whose numbers add up to it. A place where nobody told a kind has no
        row: unknown is not zero.

    """
    tree = package.hierarchy
    told = {kind: numbers_by_place(collection.capacities, kind) for kind in KINDS}
    counted = {kind: counting(tree, *one) for kind, one in told.items()}
    rows = [
        {
            **_place(package, code),
            "kind": kind,
            "capacity": sum(told[kind][0][one] for one in counted[kind][code]),
            "unit": unit,
            "places_telling": len(counted[kind][code]),
        }
        for code in tree.codes
        for kind, unit in KINDS.items()
        if counted[kind][code]
    ]
    columns = ["location", "location_name", "admin_level", "parent", "kind", "capacity", "unit",
               "places_telling"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def gap_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Compare the need in the forecast with reception places, sample by sample.

    Need and gap are about the lowest places whose reception places are known: those that told, and
    those of which a number for all of a place above them was told; :func:`need_of` says
    what need is. ``gap`` takes the places of a region or country together, as if people could be
    brought to any of them; ``gap_apart`` sums the gaps of the lowest places, as if nobody were. It
    is known only where all of these told their own numbers, and no more of them than count here.

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
        chance_short: share of samples with a gap. NaN where it is not known.

    """
    tree = package.hierarchy
    dims = [dim for dim in ("cause",) if dim in package.forecast.dims]
    months = package.forecast.sum(dims).transpose("location", "sample", "time").to_numpy()
    position = {str(code): n for n, code in enumerate(package.forecast["location"].to_numpy())}
    places, whole = numbers_by_place(collection.capacities, PLACES)
    counted = counting(tree, places, whole)
    apart = {
        code: np.maximum(months[position[code]].max(axis=1) - places[code], 0.0)
        for code in tree.bottom
        if code in places
    }
    rows = []
    for code in tree.codes:
        members = tree.members(code)
        known = {
            member
            for place in counted[code]
            for member in (tree.members(place) if place in whole else [place])
        }
        held = [position[member] for member in members if member in known]
        row = {**_place(package, code), "known": len(held), "lowest": len(members)}
        total = months[[position[member] for member in members]].sum(axis=(0, 2))
        parts: dict[str, Array | None] = {"displaced": total, "need": None, "gap": None,
                                          "gap_apart": None}  # fmt: skip
        row["capacity"] = row["chance_short"] = np.nan
        if held:
            number = sum(places[place] for place in counted[code])
            need = months[held].sum(axis=0).max(axis=1)
            gap = np.maximum(need - number, 0.0)
            row |= {"capacity": number, "chance_short": float((gap > 0).mean())}
            parts |= {"need": need, "gap": gap}
            # Otherwise places apart would be short of less than the same places together.
            if known <= apart.keys() and sum(places[member] for member in known) <= number:
                parts["gap_apart"] = np.sum([apart[member] for member in known], axis=0)
        for name, samples in parts.items():
            found = dict.fromkeys(INTERVAL, np.nan) if samples is None else interval_of(samples)
            row |= {f"{name}_{end}": value for end, value in found.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def outcome_totals(package: Package, collection: Collection) -> pd.DataFrame:
    """Sum simulated outcomes by place, sample by sample.

    Where a place and places below it answered, its own outcomes count at its level and above, so
    that nobody is counted twice; the others are shown at their own level. A measure that is told in
    two units is summed by unit.

    Parameters
    ----------
    package : Package
    collection : Collection

    Returns
    -------
    pandas.DataFrame
        One row per place with outcomes below it, measure and unit: unit, low, median, high (central
        90 % over samples all of them simulated), samples, answers (outcomes summed).

    """
    tree = package.hierarchy
    told = {one.unit: one.outcomes for one in collection.responses if one.outcomes is not None}
    counted = counting(tree, told, told)
    rows = []
    for code in tree.codes:
        arrays = [told[place] for place in counted[code]]
        if not arrays:
            continue
        numbers = set.intersection(*(set(one["sample"].to_numpy().tolist()) for one in arrays))
        common = sorted(numbers)
        parts: dict[tuple[str, str], list[xr.DataArray]] = defaultdict(list)
        for one in arrays if common else []:
            for own in one.transpose("measure", "sample"):
                parts[str(own["measure"].item()), str(own["unit"].item())].append(own)
        for (measure, unit), own in parts.items():
            total = np.sum([one.sel(sample=common).to_numpy() for one in own], axis=0)
            rows.append(
                {
                    **_place(package, code),
                    "measure": measure,
                    "unit": unit,
                    **interval_of(total),
                    "samples": len(common),
                    "answers": len(own),
                }
            )
    columns = ["location", "location_name", "admin_level", "parent", "measure", "unit", *INTERVAL,
               "samples", "answers"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
