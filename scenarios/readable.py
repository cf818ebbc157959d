"""Tables of results for readers: words for names, rounded numbers, units, no row numbers."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from scenarios.labels import UNITS, facility_label, measure_label, step_label, words
from scenarios.numbers import NOTHING, count, day, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pandas.io.formats.style import Styler

_NAMES: Final[dict[str, Callable[[str], str]]] = {
    "measure": lambda name: measure_label(name).label,
    "facility": facility_label,
    "step": step_label,
    "plan": words,
    "unit": lambda name: UNITS.get(name, name),
}

_HEADINGS: Final = {
    "low": "from",
    "high": "to",
    "mean_low": "mean, from",
    "mean_high": "mean, to",
    "joint_low": "all together, from",
    "joint_high": "all together, to",
    "q05": "5 %",
    "q50": "median",
    "q95": "95 %",
}
"""Headings that say more than the name of the column."""

_SHARES: Final = {"chance", "share", "rate", "ratio", "covered"}
"""Beginnings and ends of the names of columns that hold shares, shown in percent."""


def readable(
    table: pd.DataFrame | pd.Series[Any], headings: Mapping[str, str] | None = None
) -> Styler:
    """Show a table of results in a notebook as a planner would write it.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        Columns or index levels named ``measure``, ``facility``, ``step`` or ``plan`` hold names,
        shown in words. Without a column ``unit``, one is added where every row has a measure.
    headings : mapping of str to str or None
        What to write above columns and index levels instead of their names in words; no two alike.

    Returns
    -------
    pandas.io.formats.style.Styler
        Numbers with three significant digits, shares in percent, dates as days; what is not known
        is a dash. A plain row number is left out.

    Raises
    ------
    ValueError
        If two columns would have the same heading.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = readable(pd.DataFrame({"measure": ["families_split"], "mean_low": [1.2345]}))
    >>> shown.data.to_dict("records")
    [{'Measure': 'Families split between sites', 'Mean, from': '1.2', 'Unit': 'groups'}]

    """
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    indexed = [name for name in frame.index.names if name is not None]
    if indexed:
        frame = frame.reset_index()
    elif not pd.api.types.is_integer_dtype(frame.index):
        frame = frame.rename_axis("").reset_index()
    if "measure" in frame and "unit" not in frame:
        frame = frame.assign(unit=[measure_label(str(name)).unit for name in frame["measure"]])
    shown = pd.DataFrame(index=range(len(frame)))
    right = []
    for name in frame.columns:
        heading = _heading(str(name), headings or {})
        if heading in shown:
            msg = f"two columns are called {heading!r}; give one another name in headings."
            raise ValueError(msg)
        shown[heading] = [_cell(str(name), value) for value in frame[name]]
        if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype != bool:
            right.append(heading)
    style = shown.style.hide(axis="index").format(escape="html")
    style.set_properties(**{"text-align": "left"})
    heads = [{"selector": "th", "props": [("text-align", "left")]}]
    heads += [
        {
            "selector": f"th.col{shown.columns.get_loc(heading)}",
            "props": [("text-align", "right")],
        }
        for heading in right
    ]
    style.set_properties(subset=right, **{"text-align": "right"})
    return style.set_table_styles(heads)


def _heading(name: str, given: Mapping[str, str]) -> str:
    text = given.get(name) or _HEADINGS.get(name) or words(name)
    return text[:1].upper() + text[1:]


def _cell(name: str, value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return day(value)
    if isinstance(value, numbers.Real):
        parts = name.replace("_", " ").split()
        shares = _SHARES & {*parts[:1], *parts[-1:]}
        return percent(float(value)) if shares else count(float(value))
    if value is None or value is pd.NaT:
        return NOTHING
    return _NAMES.get(name, str)(str(value))
