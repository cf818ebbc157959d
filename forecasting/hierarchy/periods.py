"""Months, quarters and the whole horizon that agree: sums over time as over places."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.flows import FlowError
from forecasting.hierarchy.reconciliation import reconcile, stack_levels
from forecasting.hierarchy.tree import Hierarchy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

_PLACE: Final = "_place"
"""Name under which places wait while periods take their dim."""


def period_tree(times: object, lengths: Sequence[int]) -> Hierarchy:
    """Tree of the whole horizon, spans of periods, and single periods.

    Parameters
    ----------
    times : array-like of datetime64
        First days of the periods of a forecast.
    lengths : sequence of int
        Periods per span, such as ``(3,)`` for quarters of months; each must divide the one before
        it and the number of periods. The whole horizon is always the top.

    Returns
    -------
    Hierarchy
        Codes are the first days as ``2022-07-01`` for periods and ``2022-07-01+3`` for a span of
        three; spans follow each other from the first period on, whatever the calendar.

    Raises
    ------
    FlowError
        If spans do not divide the horizon.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.date_range("2022-07-01", periods=6, freq="MS")
    >>> period_tree(months, [3]).codes[:4]
    ('2022-07-01+6', '2022-07-01+3', '2022-10-01+3', '2022-07-01')

    """
    days = [str(day) for day in np.asarray(times).astype("datetime64[D]")]
    sizes = [len(days), *(length for length in lengths if length not in (1, len(days)))]
    for above, below in itertools.pairwise(sizes):
        if below < 1 or above % below:
            msg = (
                f"spans of {below} periods do not divide {above} periods; choose lengths that "
                "divide each other and the horizon."
            )
            raise FlowError(msg)
    if len(days) > 1:
        sizes.append(1)
    codes: list[str] = []
    levels: list[int] = []
    parents: list[str] = []
    for level, size in enumerate(sizes):
        for start in range(0, len(days), size):
            codes.append(_code(days[start], size))
            levels.append(level)
            above = sizes[level - 1]
            parents.append(_code(days[start - start % above], above) if level else "")
    return Hierarchy(tuple(codes), tuple(codes), tuple(levels), tuple(parents))


def _code(day: str, size: int) -> str:
    return day if size == 1 else f"{day}+{size}"


def spans_of(array: xr.DataArray, length: int) -> xr.DataArray:
    """Sum consecutive periods, sample by sample, so that spans agree with periods.

    Parameters
    ----------
    array : xarray.DataArray, (..., time, ...), persons per period
    length : int
        Periods per span; must divide their number.

    Returns
    -------
    xarray.DataArray, (..., time, ...), persons per span
        ``time`` is the first day of each span; the attribute ``period`` says how long it is.

    Raises
    ------
    FlowError
        If spans do not divide the periods.

    Examples
    --------
    >>> import pandas as pd
    >>> import xarray as xr
    >>> months = pd.date_range("2022-07-01", periods=6, freq="MS")
    >>> flows = xr.DataArray([1.0, 2, 3, 4, 5, 6], dims="time", coords={"time": months},
    ...                      attrs={"period": "month"})
    >>> spans_of(flows, 3).values, spans_of(flows, 3).attrs["period"]
    (array([ 6., 15.]), '3 months')

    """
    number = array.sizes["time"]
    if length < 1 or number % length:
        msg = f"spans of {length} periods do not divide {number} periods."
        raise FlowError(msg)
    axis = array.get_axis_num("time")
    values = array.to_numpy()
    shape = (*values.shape[:axis], number // length, length, *values.shape[axis + 1 :])
    period = str(array.attrs.get("period", "period"))
    summed = array.isel(time=slice(0, None, length)).copy(
        data=values.reshape(shape).sum(axis=axis + 1)
    )
    name = period if length == 1 else f"{length} {period}s"
    return summed.assign_attrs({**array.attrs, "period": name})


def reconcile_periods(
    forecasts: Sequence[xr.DataArray],
    hierarchy: Hierarchy | None = None,
    *,
    over_time: str = "min_trace_structural",
    over_places: str = "bottom_up",
    whole: bool = True,
) -> xr.DataArray:
    """Make separate forecasts of the horizon, of spans and of periods agree, in time and space.

    First, for every place and cause by itself, periods and spans are reconciled over time; then
    periods are reconciled over places. Spans are sums of periods, so every sample sums over both
    (the sequential heuristic of Kourentzes and Athanasopoulos 2019, "Cross-temporal coherent
    forecasts for Australian tourism", Annals of Tourism Research 75).

    Parameters
    ----------
    forecasts : sequence of xarray.DataArray, (sample, time, location[, cause]), persons
        From the longest spans to single periods: for 12 months such as one of the year (one time),
        one of quarters (four) and one of months (twelve), all beginning on the same day. Without
        one of the whole horizon, each of the longest spans is made to agree by itself.
    hierarchy : Hierarchy, optional
        Places; with it the forecasts are of all nodes, or of the bottom for ``bottom_up``.
    over_time, over_places : str
        Of ``forecasting.hierarchy.METHODS``, without those that need a past.
    whole : bool
        Round to whole persons so that all sums hold exactly.

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        Of single periods, of all nodes where a hierarchy is given; see :func:`spans_of` for spans.

    Raises
    ------
    FlowError
        If the forecasts do not fit together.

    Examples
    --------
    >>> import forecasting as fc
    >>> months = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    >>> by_month = fc.RecentClimatology().fit(months).forecast(horizon=6, samples=50, seed=1)
    >>> half_year = spans_of(by_month, 6) * 1.2
    >>> agreed = reconcile_periods([half_year, by_month])
    >>> lower, upper = by_month.sum().item(), half_year.sum().item()
    >>> lower < spans_of(agreed, 6).sum().item() < upper
    True

    """
    single = forecasts[-1]
    number = single.sizes["time"]
    lengths = []
    for one in forecasts:
        if number % max(one.sizes["time"], 1) or one.sizes["time"] == 0:
            msg = f"{one.sizes['time']} spans do not divide {number} periods."
            raise FlowError(msg)
        lengths.append(number // one.sizes["time"])
    first = single["time"].to_numpy()[0]
    if any(one["time"].to_numpy()[0] != first for one in forecasts):
        msg = "the forecasts begin on different days; spans must begin with the first period."
        raise FlowError(msg)
    if lengths != sorted(set(lengths), reverse=True) or lengths[-1] != 1:
        msg = (
            f"the forecasts have spans of {', '.join(map(str, lengths))} periods; give the longest "
            "spans first, then shorter spans, then single periods."
        )
        raise FlowError(msg)
    longest = lengths[0]
    if longest == 1:
        msg = "there are single periods only; forecast longer spans too, such as quarters."
        raise FlowError(msg)
    blocks = [
        _agreed(
            [
                one.isel(time=slice(start // length, (start + longest) // length))
                for one, length in zip(forecasts, lengths, strict=True)
            ],
            lengths,
            over_time,
            whole=whole,
        )
        for start in range(0, number, longest)
    ]
    axis = single.get_axis_num("time")
    result = single.copy(data=np.concatenate(blocks, axis=axis))
    result.attrs["reconciliation_over_time"] = over_time
    if hierarchy is None:
        return result
    return reconcile(result, hierarchy, over_places, whole=whole)


def _agreed(
    forecasts: Sequence[xr.DataArray], lengths: Sequence[int], over_time: str, *, whole: bool
) -> npt.NDArray[np.float64]:
    """Single periods of one longest span, laid out as they were given."""
    single = forecasts[-1]
    tree = period_tree(single["time"].to_numpy(), lengths)
    turned = [_turned(one, length) for one, length in zip(forecasts, lengths, strict=True)]
    agreed = reconcile(stack_levels(turned, tree), tree, over_time, whole=whole)
    bottom = agreed.sel(location=list(tree.bottom)).isel(time=0, drop=True)
    bottom = bottom.drop_vars(list(bottom.coords))
    bottom = bottom.rename({"location": "time"}).rename({_PLACE: "location"})
    return bottom.transpose(*single.dims).to_numpy()


def _turned(array: xr.DataArray, length: int) -> xr.DataArray:
    """Lay a forecast out with its periods as places of a period tree, and one time for all."""
    days = [str(day) for day in array["time"].to_numpy().astype("datetime64[D]")]
    codes = [_code(day, length) for day in days]
    kept = {"sample", "location", "cause"} & set(array.coords)
    bare = array.drop_vars([name for name in array.coords if name not in kept])
    turned = bare.rename({"location": _PLACE, "time": "location"})
    return turned.assign_coords(location=codes).expand_dims(time=[0])
