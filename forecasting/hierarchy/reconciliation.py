"""Forecasts of country, regions and districts that agree in every sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from forecasting.flows import FlowError, raise_all
from forecasting.hierarchy.covariance import (
    ShrunkCovariance,
    error_variances,
    project_correlated,
    structural_variances,
)
from forecasting.hierarchy.integers import whole_persons
from forecasting.hierarchy.places import listing
from forecasting.hierarchy.projection import project, project_non_negative
from forecasting.hierarchy.proportions import by_forecast_shares, by_past_shares
from forecasting.hierarchy.ranks import align_with_bottom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]

METHODS: Final = {
    "bottom_up": "districts as forecast, the levels above are their sums",
    "top_down_forecast": "the top as forecast, shared as each sample's forecasts below share it",
    "top_down_history": "the top as forecast, shared as the past was",
    "min_trace_ols": "least squares, every node trusted alike",
    "min_trace_structural": "least squares, trust by the number of districts below",
    "min_trace_variance": "least squares, trust by error variance",
    "min_trace_shrink": "least squares, error covariance shrunk toward its diagonal",
}
"""Ways to make forecasts agree, with what they do."""
DEFAULT_METHOD: Final = "bottom_up"


def stack_levels(forecasts: Sequence[xr.DataArray], hierarchy: Hierarchy) -> xr.DataArray:
    """Put separate forecasts of the levels into one array over all nodes.

    Parameters
    ----------
    forecasts : sequence of xarray.DataArray, (sample, time, location[, cause]), persons
        Of country, regions and districts, with the same samples, periods and causes.
    hierarchy : Hierarchy

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause])
        Over all nodes from top to bottom; not coherent yet: see :func:`reconcile`.

    Raises
    ------
    FlowError
        If the forecasts do not fit together or a node is missing.

    """
    problems = []
    first = forecasts[0]
    codes = [str(code) for array in forecasts for code in array["location"].to_numpy()]
    for array in forecasts[1:]:
        for dim in first.dims:
            if dim == "location":
                continue
            own = array.sizes.get(dim)
            same = own == first.sizes[dim]
            if same and dim in first.coords:
                same = dim in array.coords and array.indexes[dim].equals(first.indexes[dim])
            if not same:
                problems.append(f"dim {dim!r} differs between the levels; forecast them alike.")
    if missing := [code for code in hierarchy.codes if code not in codes]:
        problems.append(f"no forecast for {listing(missing)}.")
    if len(set(codes)) != len(codes):
        twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
        problems.append(f"two forecasts for {listing(twice)}.")
    if strange := [code for code in codes if code not in hierarchy.codes]:
        problems.append(f"not in the hierarchy: {listing(strange)}.")
    raise_all("forecasts of the levels", problems)
    axis = first.get_axis_num("location")
    values = np.concatenate([a.transpose(*first.dims).to_numpy() for a in forecasts], axis=axis)
    order = [codes.index(code) for code in hierarchy.codes]
    kept = {name: coord for name, coord in first.coords.items() if "location" not in coord.dims}
    return xr.DataArray(
        np.take(values, order, axis=axis),
        dims=first.dims,
        coords={**kept, **hierarchy.coords()},
        name=first.name,
        attrs=first.attrs,
    )


def reconcile(
    base: xr.DataArray,
    hierarchy: Hierarchy,
    method: str = DEFAULT_METHOD,
    *,
    errors: xr.DataArray | None = None,
    history: xr.DataArray | None = None,
    non_negative: bool = True,
    whole: bool = True,
) -> xr.DataArray:
    """Make the samples of all levels agree: in every sample, every node is the sum of its children.

    First the samples of upper nodes are put into the order of the sums of the districts' samples
    (Schaake shuffle), so that sample k is one future at all levels; then every sample is
    reconciled by itself. Causes and other dims are reconciled one by one, so sums over them hold
    too.

    Parameters
    ----------
    base : xarray.DataArray, (sample, time, location[, cause, ...]), persons
        Forecasts of all nodes (see :func:`stack_levels`); ``bottom_up`` needs the bottom only.
    hierarchy : Hierarchy
    method : str
        One of ``METHODS``.
    errors : xarray.DataArray, (time, location[, cause, ...]), persons, optional
        Past errors of the forecasts of all nodes, for ``min_trace_variance`` and
        ``min_trace_shrink``. Without them the spread of each node's samples (summed over the
        periods) stands for its error.
    history : xarray.DataArray, (time, location[, cause, ...]), persons, optional
        Observed flows at the bottom, for ``top_down_history``.
    non_negative : bool
        Project onto counts that are not negative instead of taking what comes out; for
        ``min_trace_shrink`` its result is projected once more, with the error variances.
    whole : bool
        Round to whole persons so that sums hold and no node moves by a person; needs
        ``non_negative``.

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause, ...]), persons
        All nodes from top to bottom; with ``whole`` sums are exact.

    Raises
    ------
    FlowError
        If the method is unknown or what it needs is missing.

    Examples
    --------
    >>> import forecasting as fc
    >>> from forecasting.hierarchy import Hierarchy
    >>> regions = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    >>> tree = Hierarchy.from_locations(regions)
    >>> flows = [tree.aggregate(regions, level) for level in tree.levels]
    >>> model = fc.RecentClimatology()
    >>> separate = [model.fit(f).forecast(horizon=3, samples=100, seed=1) for f in flows]
    >>> agreed = reconcile(stack_levels(separate, tree), tree, "min_trace_variance")
    >>> districts = agreed.sel(location=list(tree.bottom))
    >>> bool((agreed.sel(location="SO") == districts.sum("location")).all())
    True

    """
    if method not in METHODS:
        msg = f"method is {method!r}; allowed: {', '.join(METHODS)}."
        raise FlowError(msg)
    if whole and not non_negative:
        msg = "whole=True needs non_negative=True: persons are whole and not negative."
        raise FlowError(msg)
    if "sample" not in base.dims:
        msg = f"dims are {base.dims}; reconcile needs samples (dim 'sample')."
        raise FlowError(msg)
    groups = [str(d) for d in base.dims if d not in ("sample", "time", "location")]
    order = ["sample", "time", *groups, "location"]
    if method == "bottom_up":
        ordered = hierarchy.bottom_of(base).transpose(*order)
        values = _flat(ordered)
        bottom = np.maximum(values, 0.0) if non_negative else values
    else:
        ordered = _all_nodes(base, hierarchy, method).transpose(*order)
        values = _flat(ordered)
        aligned = align_with_bottom(values.reshape(len(values), -1, values.shape[-1]), hierarchy)
        values = aligned.reshape(values.shape)
        if method.startswith("top_down"):
            past = _past_sums(history, hierarchy, groups, base, method)
            bottom = _top_down(values, hierarchy, past)
        else:
            spread = None if errors is None else _errors_of(errors, hierarchy, groups, base)
            bottom = _min_trace(values, hierarchy, method, spread, non_negative=non_negative)
    if whole:
        flat = bottom.reshape(-1, bottom.shape[-1])
        bottom = whole_persons(flat, hierarchy).reshape(bottom.shape)
    shape = tuple(ordered.sizes[dim] for dim in order[:-1])
    result = xr.DataArray(
        hierarchy.sums(bottom).reshape(*shape, -1),
        dims=order,
        coords={
            **{name: c for name, c in ordered.coords.items() if "location" not in c.dims},
            **hierarchy.coords(),
        },
        name=base.name,
        attrs={**base.attrs, "reconciliation": method},
    )
    return result.transpose(*base.dims)


def _flat(ordered: xr.DataArray) -> Array:
    """Values as (sample, time, group, place), groups taken together."""
    values = np.asarray(ordered.to_numpy(), dtype=float)
    if not np.isfinite(values).all():
        msg = "samples to reconcile must be finite; a forecast has a number for every sample."
        raise FlowError(msg)
    return values.reshape(*values.shape[:2], -1, values.shape[-1])


def _all_nodes(base: xr.DataArray, hierarchy: Hierarchy, method: str) -> xr.DataArray:
    if len(hierarchy.codes) > 1 and not hierarchy.covers_all_nodes(base):
        msg = (
            f"{method} needs forecasts of all {len(hierarchy.codes)} nodes, not only of the "
            f"{len(hierarchy.bottom)} at the bottom. Forecast every level and use stack_levels()."
        )
        raise FlowError(msg)
    return base.sel(location=list(hierarchy.codes))


def _past_sums(
    history: xr.DataArray | None,
    hierarchy: Hierarchy,
    groups: list[str],
    base: xr.DataArray,
    method: str,
) -> Array | None:
    """Sum the past (group, bottom) for top-down by history; None by forecasts."""
    if method == "top_down_forecast":
        return None
    if history is None:
        msg = "top_down_history needs history: observed flows of the bottom places."
        raise FlowError(msg)
    bottom = hierarchy.bottom_of(_same_groups(history, base, groups, "history"))
    sums = bottom.sum("time").transpose(*groups, "location").to_numpy()
    return np.asarray(sums.reshape(-1, sums.shape[-1]), dtype=float)


def _errors_of(
    errors: xr.DataArray, hierarchy: Hierarchy, groups: list[str], base: xr.DataArray
) -> Array:
    """Past errors as (time, group, node)."""
    fitting = _same_groups(errors, base, groups, "errors")
    if len(hierarchy.codes) > 1 and not hierarchy.covers_all_nodes(fitting):
        msg = "errors must cover all nodes of the hierarchy, as the forecasts do."
        raise FlowError(msg)
    values = fitting.sel(location=list(hierarchy.codes)).transpose("time", *groups, "location")
    flat = values.to_numpy().reshape(values.sizes["time"], -1, len(hierarchy.codes))
    return np.asarray(flat, dtype=float)


def _same_groups(
    array: xr.DataArray, base: xr.DataArray, groups: list[str], what: str
) -> xr.DataArray:
    wanted = {"time", "location", *groups}
    if set(map(str, array.dims)) != wanted:
        msg = f"{what} has dims {array.dims}; needed: {', '.join(sorted(wanted))}."
        raise FlowError(msg)
    for group in groups:
        if set(array[group].to_numpy().tolist()) != set(base[group].to_numpy().tolist()):
            msg = f"{what} and forecasts have different entries of {group!r}."
            raise FlowError(msg)
    return array.sel({group: base[group].to_numpy() for group in groups})


def _top_down(values: Array, hierarchy: Hierarchy, past: Array | None) -> Array:
    samples, periods, count, nodes = values.shape
    if past is None:
        flat = by_forecast_shares(values.reshape(samples, -1, nodes), hierarchy)
    else:
        repeated = np.tile(past, (periods, 1))
        flat = by_past_shares(values.reshape(samples, -1, nodes), repeated, hierarchy)
    return np.asarray(flat.reshape(samples, periods, count, -1))


def _min_trace(
    values: Array,
    hierarchy: Hierarchy,
    method: str,
    errors: Array | None,
    *,
    non_negative: bool,
) -> Array:
    samples, periods, count, nodes = values.shape
    bottom = np.empty((samples, periods, count, len(hierarchy.bottom)))
    if errors is None:
        sums = values.sum(axis=1)
        errors = sums - sums.mean(axis=0)
    for group in range(count):
        rows = values[:, :, group].reshape(-1, nodes)
        own = errors[:, group]
        if method == "min_trace_shrink":
            covariance = ShrunkCovariance.of(own)
            variances = covariance.variances
            made = project_correlated(rows, covariance, hierarchy)
            if non_negative:
                made = project_non_negative(hierarchy.sums(made), variances, hierarchy)
        else:
            variances = {
                "min_trace_ols": np.ones(nodes),
                "min_trace_structural": structural_variances(hierarchy),
                "min_trace_variance": error_variances(own),
            }[method]
            solve = project_non_negative if non_negative else project
            made = solve(rows, variances, hierarchy)
        bottom[:, :, group] = made.reshape(samples, periods, -1)
    return bottom
