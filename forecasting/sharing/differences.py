"""What changed from one issue of a forecast to the next, and whether it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from forecasting.sharing.figures import ALL_CAUSES, quantiles_of
from forecasting.sharing.limits import PackageError

if TYPE_CHECKING:
    from forecasting.sharing.figures import Counts, Figures
    from forecasting.sharing.package import Package

_LEVELS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_WIDER: Final = 1.5
"""Factor beyond which an interval that grew or shrank changes a plan; an assumption."""


@dataclass(frozen=True)
class PackageDifference:
    """What differs between two packages.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per place that both hold, for the sum over the periods and causes that both cover:
        medians and 80 % intervals before and after (persons), the shift of the median as a share
        of the width of the 80 % interval before, the ratio of widths, and whether it matters.
    periods : tuple of str
        First days of the periods compared.
    notes : tuple of str
        What else changed: version, model, data, places and periods that only one holds.

    """

    table: pd.DataFrame
    periods: tuple[str, ...]
    notes: tuple[str, ...]


def diff_packages(before: Package, after: Package) -> PackageDifference:
    """Say what changed between two packages and whether it matters, place by place.

    A change matters when the median after lies outside the central 50 % interval before, or when
    the 80 % interval became more than 1.5 times wider or narrower. Smaller changes are within what
    the earlier forecast already called likely.

    Parameters
    ----------
    before, after : Package

    Returns
    -------
    PackageDifference

    Raises
    ------
    PackageError
        If they share no place, no period, or count different things.

    """
    old, new = before.provenance["forecast"], after.provenance["forecast"]
    for key in ("target", "period"):
        if old[key] != new[key]:
            msg = f"the packages cannot be compared: {key} is {old[key]!r} and {new[key]!r}."
            raise PackageError(msg)
    one, other = before.figures(), after.figures()
    codes = [code for code in other.hierarchy.codes if code in one.hierarchy.codes]
    days = [day for day in one.first_days if day in other.first_days]
    causes = [cause for cause in one.causes if cause in other.causes]
    for things, name in ((codes, "place"), (days, "period"), (causes, "cause")):
        if not things:
            msg = f"the packages cannot be compared: they share no {name}."
            raise PackageError(msg)
    rows = [_row(one, other, code, days, causes) for code in codes]
    return PackageDifference(
        table=pd.DataFrame(rows),
        periods=tuple(str(day) for day in days),
        notes=tuple(_notes(before, after, one, other)),
    )


def _sums(figures: Figures, code: str, days: list[np.datetime64], causes: list[str]) -> Counts:
    steps = np.flatnonzero(np.isin(figures.first_days, days))
    chosen = [figures.causes.index(cause) for cause in causes]
    node = figures.samples[figures.hierarchy.position(code)]
    return np.asarray(node[:, chosen][:, :, steps].sum(axis=(1, 2)))


def _row(
    one: Figures, other: Figures, code: str, days: list[np.datetime64], causes: list[str]
) -> dict[str, object]:
    old, new = (quantiles_of(_sums(f, code, days, causes), _LEVELS) for f in (one, other))
    width, now = float(old[4] - old[0]), float(new[4] - new[0])
    shift = float(new[2] - old[2])
    share = shift / width if width else (0.0 if not shift else float(np.sign(shift)) * np.inf)
    ratio = now / width if width else (1.0 if not now else np.inf)
    outside = not old[1] <= new[2] <= old[3]
    spread = ratio > _WIDER or ratio < 1 / _WIDER
    why = [
        text
        for text, holds in (
            ("median outside the former 50 % interval", outside),
            (f"interval {'wider' if ratio > 1 else 'narrower'} by more than half", spread),
        )
        if holds
    ]
    return {
        "location": code,
        "location_name": other.hierarchy.name_of(code),
        "admin_level": other.hierarchy.level_of(code),
        "median_before": int(old[2]),
        "low_before": int(old[0]),
        "high_before": int(old[4]),
        "median_after": int(new[2]),
        "low_after": int(new[0]),
        "high_after": int(new[4]),
        "shift_of_width": share,
        "width_ratio": ratio,
        "matters": bool(why),
        "why": "; ".join(why),
    }


def _notes(before: Package, after: Package, one: Figures, other: Figures) -> list[str]:
    notes = []
    if before.identifier == after.identifier:
        notes.append("the packages are the same, byte for byte.")
    old, new = before.provenance, after.provenance
    first, second = old["forecast"], new["forecast"]
    for was, now, keys in (
        (old, new, ("version", "issued", "issuer", "purpose", "recipient")),
        (old, new, ("skill", "reconciliation")),
        (first, second, ("model", "seed", "reference_date", "kind", "samples", "periods")),
    ):
        notes += [f"{k}: {was[k]!r} before, {now[k]!r} after." for k in keys if was[k] != now[k]]
    policies = [p["disclosure"].get("policy") for p in (old, new)]
    if policies[0] != policies[1]:
        notes.append(f"policy of protection: {policies[0]!r} before, {policies[1]!r} after.")
    if old["sources"] != new["sources"]:
        notes.append("the source data are others.")
    notes += [
        f"{change['unit']}: changed by {change['by']}, because {change['because']}"
        for change in new["history"]
        if change not in old["history"]
    ]
    for figures, rest, word in ((one, other, "before"), (other, one, "after")):
        only = [code for code in figures.hierarchy.codes if code not in rest.hierarchy.codes]
        days = [str(day) for day in figures.first_days if day not in rest.first_days]
        causes = [c for c in figures.causes if c not in rest.causes and c != ALL_CAUSES]
        notes += [f"only {word}: {', '.join(found)}." for found in (only, days, causes) if found]
    return notes
