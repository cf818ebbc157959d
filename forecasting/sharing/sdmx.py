"""The quantiles as SDMX-CSV, the exchange format of statistical offices.

The columns are those of a data structure of our own, which no registry holds and
:mod:`forecasting.sharing.sdmx_structure` writes beside the table.

References
----------
SDMX Technical Working Group, SDMX-CSV 2.0 field guide, https://github.com/sdmx-twg/sdmx-csv
SDMX, cross-domain code lists CL_FREQ, CL_OBS_STATUS, CL_CONF_STATUS, https://sdmx.org
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from forecasting.sharing.figures import QUANTILE_LEVELS, Figures
from forecasting.sharing.hub import csv_cell
from forecasting.sharing.layout import SDMX_COLUMNS
from forecasting.sharing.sdmx_structure import structure_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

SDMX: Final = "sdmx/quantiles.csv"
_FREQUENCIES: Final = {"day": "D", "week": "W", "month": "M"}
"""Codes of CL_FREQ."""
_PERSONS: Final = "PS"
_FORECAST: Final = "F"
"""In CL_OBS_STATUS: forecast value. Samples have no missing or suppressed cells: small counts are
rounded or given noise before anything is shared, so that no other status occurs."""
_FREE: Final = "F"
_RESTRICTED: Final = "N"
"""In CL_CONF_STATUS: free, and not for publication."""


def sdmx_bytes(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    """Write the quantiles of all places, one observation per row.

    Parameters
    ----------
    figures : Figures
    provenance : mapping
        A package for a named recipient is marked as not for publication.

    Returns
    -------
    bytes

    """
    period = str(provenance["forecast"]["period"])
    confidential = _RESTRICTED if provenance["recipient"] else _FREE
    head = f"datastructure,{structure_id(figures)},I,{_FREQUENCIES[period]}"
    tail = f"{_PERSONS},{_FORECAST},{confidential}"
    times = [time_period(day, period) for day in figures.first_days]
    lines = [",".join(column.name for column in SDMX_COLUMNS)]
    for node, code in enumerate(figures.hierarchy.codes):
        for at, cause in enumerate(figures.shown_causes):
            series = f"{head},{csv_cell(code)},{csv_cell(cause)}"
            for place, level in enumerate(QUANTILE_LEVELS):
                values = figures.quantiles[node, place, at].tolist()
                lines += [
                    f"{series},{level},{time},{value},{tail}"
                    for time, value in zip(times, values, strict=True)
                ]
    return ("\n".join(lines) + "\n").encode()


def time_period(day: np.datetime64, period: str) -> str:
    """Name a period as SDMX does: a month, a day, or first day and length.

    Parameters
    ----------
    day : numpy.datetime64
        First day.
    period : {"day", "week", "month"}

    Returns
    -------
    str
        Weeks are named by first day and length, because those of SDMX begin on Mondays.

    Examples
    --------
    >>> import numpy as np
    >>> first = np.datetime64("2026-11-01")
    >>> [time_period(first, period) for period in ("day", "week", "month")]
    ['2026-11-01', '2026-11-01/P7D', '2026-11']

    """
    text = str(day)
    if period == "week":
        return f"{text}/P7D"
    return text[:-3] if period == "month" else text
