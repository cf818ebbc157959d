"""Is a table of flows fit for planning? What is missing, odd or made by the way it was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from forecasting.flows import check_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

Array = npt.NDArray[np.float64]

CHANCE_OF_FALSE_ALARM: Final = 0.01
"""Chance that a test of :func:`judge_flows` speaks of any series where there is nothing."""
PERIODS_IN_YEAR: Final = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
LEAST_YEARS: Final = 2
"""Years below which no season can be learned (a season must be seen twice)."""
MISSING_SHARE: Final = 0.1
SHIFT: Final = 3.0
"""Factor between the last year and the years before that asks for an explanation."""
BURST: Final = 0.25
"""Share of all persons in one single period that asks for an explanation."""
REPEATS: Final = 3
LEAST_VALUES: Final = 20
"""Values a test needs."""


def series_names(flows: xr.DataArray) -> list[str]:
    """Name every series of flows: places by name where names are unique, then the cause.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]), persons per period

    Returns
    -------
    list of str
        In the order of ``flows`` stacked over all dimensions but time.

    Examples
    --------
    >>> from forecasting import datasets
    >>> series_names(datasets.load_eu_border_detections())[:2]
    ['Black Sea Route', 'Central Mediterranean Route']

    """
    places = [str(dim) for dim in flows.dims if dim != "time"]
    named = {}
    for dim in places:
        codes = [str(code) for code in flows[dim].to_numpy()]
        names = [str(name) for name in flows.coords.get(f"{dim}_name", flows[dim]).to_numpy()]
        usable = len(set(names)) == len(codes) and all(names)
        named[dim] = dict(zip(codes, names if usable else codes, strict=True))
    index = flows.isel(time=0, drop=True).stack(series=places).indexes["series"]  # noqa: PD013
    return [
        ", ".join(named[dim][str(code)] for dim, code in zip(places, label, strict=True))
        for label in index
    ]


@dataclass(frozen=True)
class _Finding:
    check: str
    value: float
    unit: str
    finding: str
    meaning: str


def judge_flows(flows: xr.DataArray) -> pd.DataFrame:
    """Check every series of a table of flows for what would mislead a plan.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]), persons per period

    Returns
    -------
    pandas.DataFrame
        One row per series and check, with ``series``, ``check``, ``value``, ``unit``, ``finding``
        (``fine``, or ``look``: find out why before you plan on it) and ``meaning``, a sentence.
        Checks are: ``length`` (years of record), ``missing`` (share of periods), ``gap`` (longest
        run of missing periods), ``stale`` (missing periods at the end), ``zeros`` (share of known
        periods), ``burst`` (share of all persons in the largest period), ``shift`` (mean of the
        last year over that of the years before), ``rounded`` (share of numbers from 20 persons up
        that end in zero), ``repeated`` (longest run of one and the same number above zero; of one
        from 20 persons up where that asks for an explanation) and,
        for daily flows, ``month end`` (mean of last days of a month over that of other days).
        The thresholds are judgments of ours, not standards; they are constants of this module.
        ``rounded`` and ``month end`` are tests (binomial; Mann and Whitney 1947, Annals of
        Mathematical Statistics 18) at a level that all series share (Bonferroni); days next to
        each other are alike, which makes the second a little too ready to speak.

    Raises
    ------
    FlowError
        If the flows break the contract of :func:`forecasting.check_flows`.

    Examples
    --------
    >>> from forecasting import datasets
    >>> table = judge_flows(datasets.load_channel_small_boats()["people"])
    >>> table.loc[table["check"] == "zeros", "meaning"].item()
    '65 % of the days have 0.'

    """
    flows = check_flows(flows)
    places = [str(dim) for dim in flows.dims if dim != "time"]
    stacked = flows.stack(series=places).transpose("time", "series")  # noqa: PD013
    times = pd.DatetimeIndex(flows["time"].to_numpy())
    period = str(flows.attrs["period"])
    level = CHANCE_OF_FALSE_ALARM / max(stacked.sizes["series"], 1)
    rows = [
        {"series": name, **vars(finding)}
        for position, name in enumerate(series_names(flows))
        for finding in _findings(stacked.to_numpy()[:, position], times, period, level)
    ]
    columns = ["series", "check", "value", "unit", "finding", "meaning"]
    return pd.DataFrame(rows, columns=columns)


def quality_statement(table: pd.DataFrame) -> str:
    """Say in words what asks for an explanation, one line per check.

    Parameters
    ----------
    table : pandas.DataFrame
        As returned by :func:`judge_flows`.

    Returns
    -------
    str
        Lines; names at most three series of each.

    Examples
    --------
    >>> from forecasting import datasets
    >>> flows = datasets.load_somalia_displacement(level="region").sel(cause=["drought"])
    >>> print(quality_statement(judge_flows(flows)).splitlines()[-1])
    rounded, 1 of 18 series (Bakool, drought): 28 % of the numbers from 20 persons up end in...

    """
    lines = []
    for check, rows in table.groupby("check", sort=False):
        odd = rows[rows["finding"] == "look"]
        if odd.empty:
            continue
        named = "; ".join(odd["series"].head(3))
        more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
        first = odd["meaning"].iloc[0]
        if len(odd) > 1:
            first = f"{odd['series'].iloc[0]}: {first}"
        lines.append(f"{check}, {len(odd)} of {len(rows)} series ({named}{more}): {first}")
    if not lines:
        return f"nothing odd was found in {table['series'].nunique()} series."
    return "\n".join(lines)


def _findings(
    values: Array, times: pd.DatetimeIndex, period: str, level: float
) -> Iterator[_Finding]:
    known = np.isfinite(values)
    year = PERIODS_IN_YEAR[period]
    yield from _presence(known, period, year)
    if not known.any():
        return
    seen = values[known]
    zeros = float((seen == 0).mean())
    yield _Finding(
        "zeros", _short(zeros), "share", "fine", f"{100 * zeros:.0f} % of the {period}s have 0."
    )
    total, top = float(seen.sum()), float(seen.max())
    share = top / total if total > 0 else 0.0
    when = times[known][int(seen.argmax())]
    yield _judged(
        "burst",
        share,
        "share",
        share > BURST and len(seen) >= year,
        f"{100 * share:.0f} % of all persons came in the {period} of {when:%Y-%m-%d}.",
        " Check that figure with its publisher; one number moves every mean.",
    )
    yield from _shift(values, period, year)
    yield from _numbers(seen, level)
    if period == "day":
        yield from _month_end(values, times, level)


def _presence(known: npt.NDArray[np.bool_], period: str, year: int) -> Iterator[_Finding]:
    years = len(known) / year
    yield _judged(
        "length",
        years,
        "years",
        years < LEAST_YEARS,
        f"the record spans {years:.1f} years.",
        f" With less than {LEAST_YEARS}, no season can be learned.",
    )
    missing = 1.0 - float(known.mean())
    yield _judged(
        "missing",
        missing,
        "share",
        missing > MISSING_SHARE,
        f"{100 * missing:.0f} % of the {period}s are missing.",
        " Missing is not zero: ask whether nobody came or nobody counted.",
    )
    gap = _longest(~known)
    yield _judged(
        "gap",
        gap,
        f"{period}s",
        gap * 2 >= year and gap > 1,
        f"the longest gap lasts {gap} {period}s.",
        " Whatever happened in it, no model knows.",
    )
    stale = len(known) - (int(np.flatnonzero(known)[-1]) + 1 if known.any() else 0)
    yield _judged(
        "stale",
        stale,
        f"{period}s",
        stale > 0,
        f"the last {stale} {period}s are missing.",
        " A forecast starts that much earlier than the table seems to say.",
    )


def _shift(values: Array, period: str, year: int) -> Iterator[_Finding]:
    before, after = values[:-year], values[-year:]
    enough = min(np.isfinite(before).sum(), np.isfinite(after).sum()) >= max(year // 2, 1)
    if not enough or np.nanmean(before) <= 0:
        return
    factor = float(np.nanmean(after) / np.nanmean(before))
    yield _judged(
        "shift",
        factor,
        "times",
        factor > SHIFT or factor < 1.0 / SHIFT,
        f"the last year had {factor:.2f} times the persons per {period} of the years before.",
        " A change of the route, the rules or the way of counting? Models learn it late.",
    )


def _numbers(seen: Array, level: float) -> Iterator[_Finding]:
    large = seen[seen >= 20]
    if len(large) >= LEAST_VALUES:
        tens = float((np.rint(large) % 10 == 0).mean())
        test = stats.binomtest(round(tens * len(large)), len(large), 0.1, alternative="greater")
        yield _judged(
            "rounded",
            tens,
            "share",
            test.pvalue < level,
            f"{100 * tens:.0f} % of the numbers from 20 persons up end in zero; 10 % would by "
            "chance.",
            " They may be rounded, estimated or protected.",
        )
    same = (seen[1:] == seen[:-1]) & (seen[1:] > 0)
    run = _longest(same) + 1 if same.any() else min(len(seen), 1)
    steady = _longest(same & (seen[1:] >= 20)) + 1
    odd = steady >= REPEATS
    number = "number from 20 persons up" if odd else "number"
    yield _judged(
        "repeated",
        steady if odd else run,
        "periods",
        odd,
        f"one and the same {number} stands in up to {steady if odd else run} periods in a row.",
        " Carried forward where nothing was counted?",
    )


def _month_end(values: Array, times: pd.DatetimeIndex, level: float) -> Iterator[_Finding]:
    known = np.isfinite(values)
    last = np.asarray(times.is_month_end)
    ends, others = values[known & last], values[known & ~last]
    if len(ends) < LEAST_VALUES or others.mean() <= 0:
        return
    ratio = float(ends.mean() / others.mean())
    p_value = float(stats.mannwhitneyu(ends, others).pvalue)
    yield _judged(
        "month end",
        ratio,
        "times",
        p_value < level,
        f"last days of a month have {ratio:.2f} times the persons of other days.",
        " The calendar does not move people: the day was probably cut off or added up late.",
    )


def _judged(check: str, value: float, unit: str, odd: bool, fact: str, advice: str) -> _Finding:
    finding = "look" if odd else "fine"
    return _Finding(check, _short(float(value)), unit, finding, fact + (advice if odd else ""))


def _short(value: float) -> float:
    return float(f"{value:.3g}") if np.isfinite(value) else value


def _longest(flags: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))
