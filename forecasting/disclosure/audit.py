"""The attacker's side: what can be worked out from everything that was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from forecasting.disclosure.tables import ALL, Margins, labels_of
from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CERTAINTY: Final = 2.5758
"""Standard errors on each side of a mean that an attacker allows for (99 %)."""
_NEAR: Final = 1e-6


@dataclass(frozen=True)
class AuditReport:
    """What an attacker could work out, cell by cell.

    Attributes
    ----------
    cells : pandas.DataFrame
        One row per cell that was to be hidden: its labels, ``low`` and ``high`` (persons; the
        narrowest interval the attacker reached), ``width``, ``recovered`` (one value is left),
        ``too_narrow`` (recovered or narrower than the protection), and ``how``.
    protection : float
        Width, in persons, below which a cell counts as too narrow.

    """

    cells: pd.DataFrame
    protection: float

    @property
    def recovered(self) -> int:
        """Cells of which the attacker knows the count."""
        return int(self.cells["recovered"].sum())

    @property
    def too_narrow(self) -> int:
        """Cells with an interval narrower than the protection, recovered ones included."""
        return int(self.cells["too_narrow"].sum())

    @property
    def holds(self) -> bool:
        """Whether every cell stays hidden."""
        return self.too_narrow == 0

    def verdict(self) -> str:
        """Say in one sentence what came out.

        Returns
        -------
        str

        """
        if self.cells.empty:
            return "nothing was hidden, so there was nothing to work out."
        return (
            f"{'holds' if self.holds else 'fails'}: of {len(self.cells)} hidden counts "
            f"{self.recovered} can be worked out exactly and {self.too_narrow} to within less "
            f"than {self.protection:g} persons."
        )

    def record(self) -> dict[str, Any]:
        """Verdict as it is kept with a release."""
        return {
            "holds": self.holds,
            "hidden": len(self.cells),
            "recovered": self.recovered,
            "too_narrow": self.too_narrow,
            "protection": self.protection,
        }


def audit(
    published: xr.DataArray | Sequence[xr.DataArray],
    hierarchy: Hierarchy,
    *,
    protection: float = 5.0,
    slack: int = 0,
) -> AuditReport:
    """Try to recover counts that were left out from all that was published.

    The attacker puts all tables together: levels, margins, slices of other recipients, earlier
    versions (taking what did not change as the same count). For every cell that some table leaves
    out, linear programs find the least and the largest count that agrees with all published ones,
    all sums, and counts being whole and not negative.

    Parameters
    ----------
    published : xarray.DataArray or sequence of them, ([time,] location[, cause, ...]), persons
        The latest first. NaN where a count is left out; over any nodes of the hierarchy; a group
        may have an entry ``"all"`` with its sum, and a group that a table lacks is taken as
        summed.
    hierarchy : Hierarchy
    protection : float, persons
        Least width of the attacker's interval for a cell to count as hidden.
    slack : int, persons
        0 where published counts are exact. Under rounding, base - 1, and under noise the largest
        change: every published count is then within so many persons of the true one, and cells
        published below ``2 * (slack + 1)`` persons are the ones to be hidden.

    Returns
    -------
    AuditReport

    Raises
    ------
    FlowError
        If tables name places that are not in the hierarchy or have different groups.

    Examples
    --------
    A district with 3 persons is left out, but the region and the other district are not:

    >>> from forecasting.hierarchy import Hierarchy
    >>> tree = Hierarchy(("R", "A", "B"), ("R", "A", "B"), (1, 2, 2), ("", "R", "R"))
    >>> table = xr.DataArray([50.0, np.nan, 47.0], dims="location",
    ...                      coords={"location": ["R", "A", "B"]})
    >>> audit(table, tree).verdict()
    'fails: of 1 hidden counts 1 can be worked out exactly and 1 to within less than 5 persons.'

    """
    tables = [published] if isinstance(published, xr.DataArray) else list(published)
    known, hidden, labels = _everything_known(tables, hierarchy)
    margins = Margins.of(hierarchy, tuple(size - 1 for size in known.shape[2:]))
    latest = tables[0].size and known.shape[0]
    rows = []
    for period in range(latest):
        counts, wanted = known[period].ravel(), hidden[period].ravel()
        if slack:
            wanted = wanted | ((counts > 0) & (counts < 2 * (slack + 1)))
        for cell, low, high in _bounds(counts, wanted, margins, slack):
            place = np.unravel_index(cell, known.shape[1:])
            names = {
                dim: own[int(position)]
                for (dim, own), position in zip(list(labels.items())[1:], place, strict=True)
            }
            how = "another table" if np.isfinite(counts[cell]) and not slack else "sums"
            rows.append(
                {"time": labels["time"][period], **names, "low": low, "high": high, "how": how}
            )
    columns = [*labels, "low", "high", "how"]
    return report_of(pd.DataFrame(rows, columns=columns), protection)


def report_of(cells: pd.DataFrame, protection: float) -> AuditReport:
    """Report on cells with the columns low and high."""
    width = (cells["high"] - cells["low"]).astype(float)
    cells = cells.assign(width=width, recovered=width < 1.0)
    narrow = cells["recovered"] | (width < protection - _NEAR)
    return AuditReport(cells.assign(too_narrow=narrow), protection)


def _everything_known(
    tables: Sequence[xr.DataArray], hierarchy: Hierarchy
) -> tuple[Array, Flags, dict[str, list[Any]]]:
    """Known counts (time, node, group + 1, ...), which cells some table left out, and labels."""
    groups: dict[str, list[str]] = {}
    times: list[Any] = []
    for table in tables:
        if "location" not in table.dims:
            msg = f"a published table has dims {table.dims}; it needs a dim 'location'."
            raise FlowError(msg)
        own = labels_of(table, "time") if "time" in table.dims else [None]
        times += [time for time in own if time not in times]
        for dim in table.dims:
            if dim in ("time", "location"):
                continue
            names = [str(entry) for entry in table[dim].to_numpy() if str(entry) != ALL]
            if groups.setdefault(str(dim), names) != names:
                msg = f"published tables have different entries of {dim!r}; audit them apart."
                raise FlowError(msg)
    labels = {
        "time": times,
        "location": list(hierarchy.codes),
        **{dim: [*names, ALL] for dim, names in groups.items()},
    }
    shape = tuple(len(entries) for entries in labels.values())
    known, hidden = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    for table in tables:
        places = []
        for dim, entries in labels.items():
            if dim == "location":
                own = [hierarchy.position(str(code)) for code in table[dim].to_numpy()]
            elif dim == "time":
                present = labels_of(table, dim) if dim in table.dims else [None]
                own = [entries.index(time) for time in present]
            elif dim in table.dims:
                own = [entries.index(str(entry)) for entry in table[dim].to_numpy()]
            else:
                own = [len(entries) - 1]
            places.append(np.array(own, dtype=int))
        lacking = [dim for dim in labels if dim not in table.dims]
        values = table.expand_dims(lacking).transpose(*labels).to_numpy().astype(float)
        target = np.ix_(*places)
        hidden[target] |= np.isnan(values)
        known[target] = np.where(np.isnan(known[target]), values, known[target])
    return known, hidden, labels


def _bounds(
    counts: Array, wanted: Flags, margins: Margins, slack: int
) -> list[tuple[int, float, float]]:
    """Least and largest whole count of every wanted cell that agrees with the rest."""
    fixed = np.isfinite(counts) & (slack == 0)
    result = [(int(cell), counts[cell], counts[cell]) for cell in np.flatnonzero(wanted & fixed)]
    free = np.flatnonzero(~fixed)
    ties = margins.ties[:, free]
    given = np.where(fixed, np.nan_to_num(counts), 0.0)
    right = -(margins.ties @ given)
    used = np.unique(ties.nonzero()[0])
    ties, right = sparse.csr_array(ties[used]), right[used]
    _, group = connected_components(ties.T @ ties, directed=False)
    lower = np.where(np.isnan(counts), 0.0, np.maximum(counts - slack, 0.0))[free]
    upper = np.where(np.isnan(counts), np.inf, counts + slack)[free]
    for part in np.unique(group[wanted[free]]):
        own = np.flatnonzero(group == part)
        rows = np.unique(ties[:, own].nonzero()[0])
        system = (ties[rows][:, own], right[rows], np.column_stack([lower[own], upper[own]]))
        for position in np.flatnonzero(wanted[free[own]]):
            low, high = (_extreme(system, int(position), sign) for sign in (1.0, -1.0))
            result.append((int(free[own[position]]), low, high))
    return sorted(result)


def _extreme(system: tuple[sparse.csr_array, Array, Array], cell: int, sign: float) -> float:
    """Least (sign 1) or largest (sign -1) whole count of one cell; infinite if unbounded."""
    ties, right, limits = system
    goal = np.zeros(ties.shape[1])
    goal[cell] = sign
    made = linprog(goal, A_eq=ties, b_eq=right, bounds=limits, method="highs")
    if made.status == 2:  # versions contradict each other: the attacker cannot use them together
        return 0.0 if sign > 0 else float("inf")
    if made.x is None:
        return float("inf") if sign < 0 else 0.0
    value = float(made.x[cell])
    return float(np.ceil(value - _NEAR)) if sign > 0 else float(np.floor(value + _NEAR))
