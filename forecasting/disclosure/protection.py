"""Protect small counts of flows, outcomes and forecasts before they leave the office."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from forecasting.disclosure.audit import audit
from forecasting.disclosure.keys import cell_keys, check_salt, fingerprint, office_salt
from forecasting.disclosure.noise import balanced_noise
from forecasting.disclosure.policy import (
    Noise,
    Policy,
    Rounding,
    Rule,
    Suppression,
    Unprotected,
    read_policy,
    rule_record,
)
from forecasting.disclosure.rounding import controlled_rounding, keyed_rounding
from forecasting.disclosure.suppression import suppressed_cells
from forecasting.flows import FlowError
from forecasting.hierarchy.tree import Hierarchy

if TYPE_CHECKING:
    import os

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Protected:
    """What may leave, and what was done to it.

    Attributes
    ----------
    data : xarray.DataArray, persons
        Same dims, coordinates and attributes as what was given, with
        ``attrs["disclosure_policy"]``. Forecasts stay whole, non-negative and coherent in every
        sample, without NaN; suppressed counts are NaN.
    record : dict
        Policy, rule, parameters, purpose, recipient, cells changed and suppressed,
        and, for suppressed counts, the verdict of the audit of this release by itself: as JSON.
    table : xarray.DataArray or None
        Suppressed counts at every node, with the sums over causes and other groups as one more
        entry, ``"all"``: everything that may be published. None under other rules, under which
        all sums may be taken from ``data``.

    """

    data: xr.DataArray
    record: dict[str, Any]
    table: xr.DataArray | None = field(default=None)


def protect(
    array: xr.DataArray,
    policy: Policy | str | os.PathLike[str] = "default",
    hierarchy: Hierarchy | None = None,
    *,
    purpose: str = "",
    recipient: str = "",
    salt: bytes | None = None,
) -> Protected:
    """Protect counts by a policy: forecasts by sample, other counts cell by cell.

    Parameters
    ----------
    array : xarray.DataArray, ([sample,] time, location[, cause, ...]), persons
        Over the bottom nodes of the hierarchy, or over all nodes with coherent sums. With a dim
        ``sample`` it is protected as a forecast, otherwise as counts.
    policy : Policy, str or path
        See :func:`read_policy`.
    hierarchy : Hierarchy, optional
        Default: the one in the coordinates (:meth:`Hierarchy.from_locations`).
    purpose, recipient : str
        Recorded; a policy may require them.
    salt : bytes, optional
        At least 32 secret bytes; default :func:`office_salt`.

    Returns
    -------
    Protected

    Raises
    ------
    FlowError
        If the counts are not coherent over the hierarchy, or what the policy requires is missing.

    Examples
    --------
    >>> from forecasting import datasets
    >>> flows = datasets.load_somalia_displacement(level="district").sum("cause", keep_attrs=True)
    >>> made = protect(flows.isel(time=slice(0, 2)), "rounded", salt=bytes(32), purpose="example")
    >>> bool((made.data % 5 == 0).all()), made.record["counts_changed"] > 0
    (True, True)

    """
    chosen = policy if isinstance(policy, Policy) else read_policy(policy)
    tree = Hierarchy.from_locations(array) if hierarchy is None else hierarchy
    said = {"purpose": purpose.strip(), "recipient": recipient.strip()}
    if silent := [name for name in chosen.required if not said[name]]:
        msg = f"policy {chosen.name!r} requires {' and '.join(silent)}: say for what and for whom."
        raise FlowError(msg)
    rule = chosen.samples if "sample" in array.dims else chosen.counts
    record: dict[str, Any] = {
        "policy": chosen.name,
        "applies_to": "samples" if "sample" in array.dims else "counts",
        **rule_record(rule),
        **{name: text or "not stated" for name, text in said.items()},
    }
    if isinstance(rule, Unprotected):
        tree.bottom_of(array)
        data, table = array, None
    elif isinstance(rule, Suppression):
        data, table = suppressed_cells(array, tree, rule)
        record["counts_suppressed"] = int((array.notnull() & data.isnull()).sum())
    else:
        secret = office_salt() if salt is None else check_salt(salt)
        record["salt"] = fingerprint(secret)
        data, table = _changed(array, tree, rule, secret), None
    record["audit"] = _audited(table, rule, tree)
    record["counts"] = int(array.notnull().sum())
    record["counts_changed"] = int(((data != array) & array.notnull() & data.notnull()).sum())
    attrs = {**array.attrs, "disclosure_policy": chosen.name}
    return Protected(data.assign_attrs(attrs), record, table)


def _audited(table: xr.DataArray | None, rule: Rule, tree: Hierarchy) -> dict[str, Any]:
    """Verdict of the attacker's audit on what is about to leave, as it is recorded with it."""
    if isinstance(rule, Unprotected):
        return {"done": False, "because": "the policy asks for no protection"}
    if table is not None and isinstance(rule, Suppression):
        return {"done": True, **audit(table, tree, protection=rule.protection).record()}
    # By itself, a release in which every count is off by as much cannot fail.
    return {
        "done": False,
        "because": "rounded or noisy counts are audited with all that was released",
    }


def _changed(array: xr.DataArray, tree: Hierarchy, rule: Rule, salt: bytes) -> xr.DataArray:
    """Round counts or add noise so that sums hold, laid out as what was given."""
    bottom = tree.bottom_of(array)
    dims = [str(dim) for dim in bottom.dims if dim not in ("sample", "location")]
    rows = bottom.transpose(*(["sample"] if "sample" in array.dims else []), *dims, "location")
    values = whole_counts(rows.to_numpy())
    missing = np.isnan(rows.to_numpy())
    groups = [bottom[dim].to_numpy() for dim in dims]
    size = int(np.prod([len(group) for group in groups], dtype=int))
    made = _rule_rows(values.reshape(-1, size, values.shape[-1]), groups, tree, rule, salt)
    nodes = tree.sums(np.where(missing, np.nan, 0.0)) + made.reshape(*values.shape[:-1], -1)
    full = xr.DataArray(nodes, dims=rows.dims, coords={"location": list(tree.codes)})
    places = [str(code) for code in array["location"].to_numpy()]
    chosen = full.sel(location=places).transpose(*array.dims)
    _check_sums(array, tree)
    return array.copy(data=chosen.to_numpy().astype(array.dtype))


def _rule_rows(
    values: Counts, groups: list[npt.NDArray[Any]], tree: Hierarchy, rule: Rule, salt: bytes
) -> Counts:
    """Change counts at the bottom and sum them to all nodes (sample, group, node)."""
    entries = [_label(group) for group in groups]
    names = [""]
    for labels in entries:
        names = [f"{name}|{label}" for name in names for label in labels]
    one_table = isinstance(rule, Rounding) and len(values) == 1
    codes = tree.codes if one_table else tree.bottom
    keys = cell_keys(salt, [f"{code}{name}" for name in names for code in codes])
    if isinstance(rule, Rounding) and one_table:
        return controlled_rounding(tree.sums(values[0]), tree, keys, rule.base)[np.newaxis]
    if isinstance(rule, Rounding):
        flat = keyed_rounding(values.reshape(len(values), -1), keys, rule.base)
        return np.asarray(tree.sums(flat.reshape(values.shape)))
    assert isinstance(rule, Noise)  # noqa: S101 - the policy allows nothing else
    per_group = keys.reshape(len(names), -1, 4)
    parts = [
        balanced_noise(values[:, group], tree, per_group[group], rule.largest, rule.large)
        for group in range(len(names))
    ]
    return np.asarray(tree.sums(np.stack(parts, axis=1)))


def _label(values: npt.NDArray[Any]) -> list[str]:
    if np.issubdtype(values.dtype, np.datetime64):
        return [str(value) for value in np.datetime_as_string(values, unit="D")]
    return [str(value) for value in values]


def whole_counts(values: npt.NDArray[Any]) -> Counts:
    """Whole persons (int64) from finite, non-negative values; missing as 0."""
    known = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0, posinf=-1.0)
    if (known < 0).any():
        msg = "counts to protect must be finite and not negative; correct them at the source."
        raise FlowError(msg)
    return np.asarray(np.rint(known), dtype=np.int64)


def _check_sums(array: xr.DataArray, tree: Hierarchy) -> None:
    """Refuse counts of all nodes whose sums do not hold."""
    if not tree.covers_all_nodes(array):
        return
    again = tree.all_levels(tree.bottom_of(array)).sel(location=array["location"].to_numpy())
    wrong = ~np.isclose(again.transpose(*array.dims).to_numpy(), array.to_numpy(), equal_nan=True)
    if wrong.any():
        axis = array.get_axis_num("location")
        places = np.moveaxis(wrong, axis, -1).reshape(-1, wrong.shape[axis]).any(axis=0)
        named = ", ".join(str(code) for code in array["location"].to_numpy()[places][:5])
        msg = f"sums do not hold at {named}: reconcile the counts before they are protected."
        raise FlowError(msg)
