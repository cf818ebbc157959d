"""Months, quarters and years of one subject: each forecast by itself, then made to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from forecasting.flows import PERIODS, raise_all
from forecasting.hierarchy import METHODS, reconcile_periods, spans_of
from scenarios.models import NEED_DRIVERS, model_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from scenarios.subjects import Subject

SPANS: Final = {"month": {"quarter": 3, "year": 12}, "quarter": {"year": 4}}
"""Longer spans that can be forecast by themselves, with the periods that they hold."""
OVER_TIME: Final = "min_trace_structural"
"""How spans are made to agree by default: by least squares that need no past errors."""


def span_lengths(subject: Subject, spans: Sequence[str], over_time: str = OVER_TIME) -> list[int]:
    """Check the spans asked for and return their lengths, longest first.

    Parameters
    ----------
    subject : Subject
    spans : sequence of str
        Such as ``("quarter", "year")``.
    over_time : str
        One of ``forecasting.hierarchy.METHODS`` that needs no past.

    Returns
    -------
    list of int
        Periods per span.

    Raises
    ------
    forecasting.FlowError
        With what cannot be done, before anything is computed.

    """
    period = str(subject.flows.attrs["period"])
    known = SPANS.get(period, {})
    problems = [
        f"there is no span {name!r} of {period}s; allowed: {', '.join(known) or 'none'}."
        for name in spans
        if name not in known
    ]
    allowed = [name for name in METHODS if name != "top_down_history"]
    if over_time not in allowed:
        problems.append(f"spans cannot agree by {over_time!r}; allowed: {', '.join(allowed)}.")
    if "location" not in subject.flows.dims:
        problems.append("flows between places are forecast by single periods; leave out the spans.")
    if subject.model in NEED_DRIVERS:
        problems.append(
            f"model {subject.model} needs drivers by month, and longer spans are forecast without; "
            "choose a model such as adaptive-pool."
        )
    lengths = sorted({known[name] for name in spans if name in known}, reverse=True)
    start = _first_day(subject)
    for name in sorted(set(spans) & set(known)):
        if subject.horizon % known[name]:
            problems.append(
                f"a horizon of {subject.horizon} {period}s holds no whole number of {name}s; "
                f"give a multiple of {known[name]}."
            )
        if pd.date_range(start, periods=1, freq=PERIODS[name])[0] != start:
            problems.append(
                f"the forecast begins on {start.date()}, where no {name} begins; end the flows "
                f"before the first day of a {name}."
            )
    raise_all("forecasting longer spans", problems)
    return lengths


def _first_day(subject: Subject) -> pd.Timestamp:
    """First day that is forecast."""
    frequency = PERIODS[str(subject.flows.attrs["period"])]
    return pd.date_range(subject.flows["time"].to_numpy()[-1], periods=2, freq=frequency)[1]


def past_of(flows: xr.DataArray, span: str, length: int) -> xr.DataArray:
    """Sum the flows of the past by whole spans; one with a missing period is missing.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]), persons per period
        Ending with a whole span.
    span : str
    length : int
        Periods per span.

    Returns
    -------
    xarray.DataArray, (time, location[, cause]), persons per span

    """
    whole = flows.isel(time=slice(flows.sizes["time"] % length, None))
    return spans_of(whole, length).assign_attrs(period=span)


def agree_over_spans(
    subject: Subject,
    single: xr.DataArray,
    spans: Sequence[str],
    *,
    seed: int,
    over_time: str = OVER_TIME,
) -> xr.DataArray:
    """Forecast longer spans with the same model and make single periods agree with them.

    Spans are forecast from sums of the past, without drivers.

    Parameters
    ----------
    subject : Subject
    single : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Forecast of the subject's single periods.
    spans : sequence of str
    seed : int
        Of the forecasts of the spans.
    over_time : str
        How they are made to agree.

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        Whole persons; spans are their sums. Attributes say which spans and how.

    Raises
    ------
    forecasting.FlowError
        If the spans do not fit the subject or the model.

    """
    lengths = span_lengths(subject, spans, over_time)
    period = str(subject.flows.attrs["period"])
    names = {length: name for name, length in SPANS[period].items()}
    forecasts = []
    for length in lengths:
        steps = subject.horizon // length
        past = past_of(subject.flows, names[length], length)
        fitted = model_named(subject.model, steps).fit(past, None)
        made = fitted.forecast(steps, None, single.sizes["sample"], seed)
        forecasts.append(made.transpose(*single.dims))
    agreed = reconcile_periods([*forecasts, single], over_time=over_time)
    agreed.attrs["spans"] = ", ".join(names[length] for length in lengths)
    told = (
        f" This is said of single {period}s before they were made to agree with forecasts by "
        f"{agreed.attrs['spans']} ({over_time})."
    )
    if "skill" in agreed.attrs:
        agreed.attrs["skill"] += told
    return agreed


def span_forecasts(agreed: xr.DataArray, spans: Sequence[str]) -> list[xr.DataArray]:
    """Sum an agreed forecast by each span, longest first.

    Parameters
    ----------
    agreed : xarray.DataArray, (sample, time, location[, cause]), persons per period
    spans : sequence of str

    Returns
    -------
    list of xarray.DataArray, (sample, time, location[, cause]), persons per span

    """
    known = SPANS.get(str(agreed.attrs["period"]), {})
    return [
        spans_of(agreed, known[name]).assign_attrs(period=name)
        for name in sorted(set(spans), key=lambda name: -known[name])
    ]
