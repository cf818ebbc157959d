"""The attacker's side for forecasts: samples, quantiles, versions and slices taken together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.disclosure.audit import AuditReport, report_of
from forecasting.disclosure.tables import labels_of
from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]
_ORDER: Final = ("sample", "time", "location", "cause")
QUANTILE: Final = "quantile"


@dataclass(frozen=True)
class Published:
    """A table of a forecast that left the office.

    Parameters
    ----------
    array : xarray.DataArray, (sample or quantile, time, location[, cause]), persons
        Of any places of the hierarchy: the whole, a slice, a level, an earlier version.
    slack : int, persons
        How far a count of a lowest place may be from the true one: base - 1 under rounding, the
        largest change under noise, 0 where counts are exact. Counts of upper places are sums of
        those, so they are as many times further away; give ``exact_sums`` where they are not.
    exact_sums : bool
        Whether upper places were published as exact sums of the true counts; only of samples, as a
        quantile of sums is no sum of quantiles.
    salt_name : str
        Name of the secret that protected it, such as the fingerprint recorded. With one secret one
        count always goes the same way, so another count published means that it changed.

    """

    array: xr.DataArray
    slack: int
    exact_sums: bool = False
    salt_name: str = ""


def audit_ensembles(
    published: Sequence[Published],
    hierarchy: Hierarchy,
    *,
    protection: float = 5.0,
    small: int = 10,
) -> AuditReport:
    """Try to recover small counts of a forecast from all samples and quantiles that were published.

    The attacker takes what several tables say of the same sample (or quantile), place, period and
    cause as the same true count and intersects the intervals; where sums of places are known, an
    interval is narrowed by subtracting those of the siblings. Where a count changed from one
    version to the next, which intervals that do not meet show, and under one secret any
    difference, the table given first holds.

    Parameters
    ----------
    published : sequence of Published
        The latest first.
    hierarchy : Hierarchy
    protection : float, persons
        Least width of the attacker's interval for a count to be hidden.
    small : int, persons
        Counts from 1 to below it are to be hidden.

    Returns
    -------
    AuditReport
        One row per place, period and cause (and ``of``: sample or quantile) in which the attacker
        knows that some count is small; with the narrowest interval over all samples.

    Raises
    ------
    FlowError
        If tables have other dims, places or causes, or quantiles are called exact sums.

    Examples
    --------
    Two versions of one forecast, rounded with two secrets, give away what one secret would hide:

    >>> import xarray as xr
    >>> from forecasting.hierarchy import Hierarchy
    >>> tree = Hierarchy(("A",), ("A",), (0,), ("",))
    >>> def rounded(value):
    ...     return xr.DataArray([[[value]]], dims=("sample", "time", "location"),
    ...                         coords={"sample": [0], "time": [0], "location": ["A"]})
    >>> one = Published(rounded(0.0), 4, salt_name="a")
    >>> other = Published(rounded(5.0), 4, salt_name="b")
    >>> audit_ensembles([one, one], tree).holds, audit_ensembles([one, other], tree).holds
    (True, False)

    """
    rows: list[pd.DataFrame] = []
    for kind in ("sample", QUANTILE):
        own = [table for table in published if kind in table.array.dims]
        if own:
            rows.append(_narrowest(own, hierarchy, kind, small))
    if any({"sample", QUANTILE} & set(table.array.dims) == set() for table in published):
        msg = "a published table has neither samples nor quantiles; use audit() for counts."
        raise FlowError(msg)
    columns = ["time", "location", "cause", "low", "high", "of"]
    cells = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return report_of(cells, protection)


def _narrowest(tables: Sequence[Published], tree: Hierarchy, kind: str, small: int) -> pd.DataFrame:
    """Intervals of all nodes, narrowed as far as they go; the narrowest of every lowest cell."""
    causes: list[str] = []
    labels: dict[str, list[object]] = {kind: [], "time": []}
    for table in tables:
        own = table.array["cause"].to_numpy() if "cause" in table.array.dims else ["all"]
        for name in own:
            if str(name) not in causes:
                causes.append(str(name))
        for dim, seen in labels.items():
            values = labels_of(table.array, dim)
            seen += [value for value in dict.fromkeys(values) if value not in set(seen)]
    shape = (len(labels[kind]), len(labels["time"]), len(causes), len(tree.codes))
    low, high = np.zeros(shape), np.full(shape, np.inf)
    by_salt: dict[str, Array] = {}
    for table in tables:
        earlier = by_salt.setdefault(table.salt_name, np.full(shape, np.nan))
        _tell(table, tree, kind, labels, causes, low, high, earlier)
    if kind == "sample":
        _subtract(tree, low, high)
    bottom = tree.bottom_positions
    low, high = low[..., bottom], high[..., bottom]
    # That a count may be zero tells nothing about anybody; that it is 1 to 9 does.
    known_small = (low >= 1) & (low < small) & (low <= high) & np.isfinite(high)
    width = np.where(known_small, high - low, np.inf)
    best = width.argmin(axis=0)[np.newaxis]
    chosen = np.isfinite(np.take_along_axis(width, best, 0)[0])
    at = np.argwhere(chosen)
    lows, highs = (np.take_along_axis(one, best, 0)[0][chosen] for one in (low, high))
    return pd.DataFrame(
        {
            "time": [labels["time"][t] for t, _, _ in at],
            "location": [tree.bottom[n] for _, _, n in at],
            "cause": [causes[c] for _, c, _ in at],
            "low": lows,
            "high": highs,
            "of": kind,
        }
    )


def _tell(
    table: Published,
    tree: Hierarchy,
    kind: str,
    labels: dict[str, list[object]],
    causes: list[str],
    low: Array,
    high: Array,
    earlier: Array,
) -> None:
    """Intersect what is known with what one table says."""
    array = table.array
    if not {kind, "time", "location"} <= set(array.dims) <= {*_ORDER, QUANTILE}:
        msg = f"a published table has dims {array.dims}; needed: {kind}, time, location[, cause]."
        raise FlowError(msg)
    if kind == QUANTILE and table.exact_sums:
        msg = "exact_sums is for samples; quantiles of sums are no sums, so leave it out for them."
        raise FlowError(msg)
    wide = array if "cause" in array.dims else array.expand_dims(cause=["all"])
    values = wide.transpose(kind, "time", "cause", "location").to_numpy().astype(float)
    nodes = [tree.position(str(code)) for code in wide["location"].to_numpy()]
    members = np.array([len(tree.members(tree.codes[node])) for node in nodes], dtype=float)
    # A quantile of sums is no sum of quantiles; it is off by no more than the sums are.
    slack = np.where(members > 1, 0.0 if table.exact_sums else table.slack * members, table.slack)
    places = np.ix_(
        [labels[kind].index(one) for one in labels_of(wide, kind)],
        [labels["time"].index(one) for one in labels_of(wide, "time")],
        [causes.index(str(one)) for one in wide["cause"].to_numpy()],
        nodes,
    )
    lower = np.maximum(low[places], np.maximum(values - slack, 0.0))
    upper = np.minimum(high[places], values + slack)
    before = earlier[places]
    meets = (lower <= upper) & (np.isnan(before) | (before == values))
    earlier[places] = np.where(np.isnan(before), values, before)
    low[places] = np.where(meets, lower, low[places])
    high[places] = np.where(meets, upper, high[places])


def _subtract(tree: Hierarchy, low: Array, high: Array) -> None:
    """Narrow children by their parent and siblings, and parents by their children."""
    for parent in reversed(tree.children_positions):
        children = tree.children_positions[parent]
        low[..., parent] = np.maximum(low[..., parent], low[..., children].sum(axis=-1))
        high[..., parent] = np.minimum(high[..., parent], high[..., children].sum(axis=-1))
    for parent, children in tree.children_positions.items():
        lows, highs = low[..., children], high[..., children]
        endless = np.isinf(highs)
        finite = np.where(endless, 0.0, highs)
        others_high = finite.sum(axis=-1, keepdims=True) - finite
        many = endless.sum(axis=-1, keepdims=True) - endless
        others_high = np.where(many > 0, np.inf, others_high)
        others_low = lows.sum(axis=-1, keepdims=True) - lows
        top = high[..., parent, np.newaxis]
        least = low[..., parent, np.newaxis]
        low[..., children] = np.maximum(lows, least - others_high)
        high[..., children] = np.minimum(highs, np.where(np.isinf(top), np.inf, top - others_low))
