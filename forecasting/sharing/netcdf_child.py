"""What :mod:`forecasting.sharing.parsing_child` knows of a received NetCDF file.

It imports nothing else of this package and is told by its caller what a package holds. It touches
only variables, types, shapes and filters that a package has: no links, no data in other files, no
virtual data, no plug-in filters, no objects.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Arrays = dict[str, npt.NDArray[Any]]

COUNTS: Final = "counts"
_LONGEST_TEXT: Final = 10_000
_MOST_ATTRIBUTES: Final = 48
_HARMLESS_FILTERS: Final = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE})
_TEXTS: Final = ("location_code", "location_name", "parent", "cause_name")
_STRUCTURE: Final = frozenset(
    {
        "CLASS",
        "NAME",
        "DIMENSION_LIST",
        "REFERENCE_LIST",
        "_Netcdf4Dimid",
        "_Netcdf4Coordinates",
        "_nc3_strict",
        "_NCProperties",
        "_FillValue",
    }
)
"""Attributes by which NetCDF keeps its dims in HDF5."""


class Refused(Exception):  # noqa: N818 - it names what happened to the file
    """The file holds what no package holds."""


def parse(
    content: bytes, order: dict[str, Any], allow: Callable[[int], None]
) -> tuple[Arrays, dict[str, Any]]:
    """Read a file for :mod:`forecasting.sharing.parsing_child`.

    Parameters
    ----------
    content : bytes
        Of the NetCDF file.
    order : dict
        As for :func:`contents`.
    allow : callable
        Takes the bytes needed beside those that hold the file.

    Returns
    -------
    arrays : dict of numpy.ndarray
    found : dict
        The ``layout``.

    """
    with h5py.File(BytesIO(content), "r") as file:
        # Only what the file says of its size is known yet; what it unpacks to is bounded by it.
        allow(2 * min(declared_bytes(file), 8 * order["values"]))
        arrays, layout = contents(file, order)
    return arrays, {"layout": layout}


def declared_bytes(file: h5py.File) -> int:
    """Bytes of all numbers that the plain variables say they hold; refuse anything not plain."""
    names = variables(file)
    return sum(file[name].nbytes for name in names if file[name].id.get_storage_size())


def contents(
    file: h5py.File, order: dict[str, Any], *, counted: bool = True
) -> tuple[Arrays, dict[str, Any]]:
    """Check what a file holds and read it.

    Parameters
    ----------
    file : h5py.File
    order : dict
        ``labels``, ``facts`` and ``dims``: names that a package has; ``values`` and ``units``: most
        numbers and places.
    counted : bool
        Whether the counts are read too.

    Returns
    -------
    arrays : dict of numpy.ndarray
        Labels and facts by name, texts as letters (entry, letter), and the ``counts``.
    layout : dict
        ``name`` of the counts and, by variable and ``"/"``, type, shape, dims and attributes.

    Raises
    ------
    Refused
        If the file holds anything else.

    """
    names = variables(file, len(order["labels"]) + len(order["facts"]) + 12)
    own = [n for n in names if n not in (*order["labels"], *order["facts"], "time_bounds")]
    markers = {n for n in own if _is_marker(n, order["dims"]) and _is_dimension(file[n])}
    own = [name for name in own if name not in markers]
    if len(own) != 1:
        msg = f"needs one variable of samples; it has {', '.join(own[:5]) or 'none'}."
        raise Refused(msg)
    data = file[own[0]]
    wanted = {"realization", "location_code", "location_name", "parent", "admin_level", "time"}
    wanted |= {"time_bounds", "forecast_reference_time"}
    missing = sorted(wanted - set(names))
    if missing:
        msg = f"lacks {', '.join(missing)}."
        raise Refused(msg)
    _check_counts(own[0], data, order, causes="cause_name" in names)
    samples, places, periods = data.shape[0], data.shape[1], data.shape[-1]
    shapes = {
        "realization": (samples,),
        "time": (periods,),
        "time_bounds": (periods, 2),
        "forecast_reference_time": (),
        "admin_level": (places,),
    }
    arrays = {name: _numbers(file[name], shape) for name, shape in shapes.items()}
    for name in set(_TEXTS) & set(names):
        arrays[name] = _letters(file[name], data.shape[2] if name == "cause_name" else places)
    for name in set(order["facts"]) & set(names):
        arrays[name] = _numbers(file[name], (places,), "f")
    layout = {name: _described(file[name], marker=name in markers) for name in names}
    layout["/"] = {"attributes": _attributes(file)}
    if counted:
        arrays[COUNTS] = data[...]
        if int(arrays[COUNTS].min()) < 0:
            msg = f"{own[0]} holds negative counts; persons cannot be negative."
            raise Refused(msg)
    return arrays, {"name": own[0], "variables": layout}


def _check_counts(name: str, data: h5py.Dataset, order: dict[str, Any], *, causes: bool) -> None:
    if data.ndim != (4 if causes else 3) or data.dtype.kind not in "iu":
        msg = f"{name} has {data.ndim} dims of type {data.dtype}; needed: whole numbers."
        raise Refused(msg)
    most_values, most_units = order["values"], order["units"]
    if data.size > most_values or data.shape[1] > most_units or data.size == 0:
        msg = (
            f"{name} holds {data.size:,} numbers for {data.shape[1]:,} places; allowed: "
            f"1 to {most_values:,} numbers and {most_units:,} places."
        )
        raise Refused(msg)


def variables(file: h5py.File, most: int = 64) -> list[str]:
    """Names of the variables after looking at every link, type and filter without reading."""
    if len(file) > most:
        msg = f"has {len(file)} variables; a package has fewer."
        raise Refused(msg)
    names = list(file)
    for name in names:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            msg = f"{name[:80]!r} is a link; only plain variables are read."
            raise Refused(msg)
        item = file[name]
        if not isinstance(item, h5py.Dataset):
            msg = f"{name[:80]!r} is a group; only plain variables are read."
            raise Refused(msg)
        _check_storage(name, item)
    return names


def _check_storage(name: str, item: h5py.Dataset) -> None:
    settings = item.id.get_create_plist()
    foreign = settings.get_external_count() or item.is_virtual
    filters = [settings.get_filter(i)[0] for i in range(settings.get_nfilters())]
    if foreign or any(one not in _HARMLESS_FILTERS for one in filters):
        msg = f"{name[:80]!r} keeps its data elsewhere or needs a plug-in; not read."
        raise Refused(msg)
    if item.dtype.kind not in "iuf" and item.dtype != np.dtype("S1"):
        msg = f"{name[:80]!r} has type {item.dtype}; only numbers and text are read."
        raise Refused(msg)


def _is_marker(name: str, dims: list[str]) -> bool:
    return name in (*dims, "bound") or name.endswith("_letters")


def _is_dimension(item: h5py.Dataset) -> bool:
    """Tell whether this only marks a dim, which NetCDF keeps as a variable without data."""
    return bool(item.is_scale) and item.ndim == 1 and item.id.get_storage_size() == 0


def _numbers(item: h5py.Dataset, shape: tuple[int, ...], kinds: str = "iu") -> Any:
    if item.shape != shape or item.dtype.kind not in kinds:
        msg = f"{item.name} has shape {item.shape} and type {item.dtype}; needed: {shape}."
        raise Refused(msg)
    return item[()]


def _letters(item: h5py.Dataset, count: int) -> Any:
    """Read texts that are kept as letters, (entry, letter)."""
    fits = item.ndim == 2 and item.shape[0] == count and item.shape[1] <= _LONGEST_TEXT
    if not fits or item.dtype != np.dtype("S1") or item.size > _LONGEST_TEXT * 1000:
        msg = f"{item.name} has shape {item.shape}, not {count} texts."
        raise Refused(msg)
    return item[()].view("S1")  # without the notes that HDF5 puts on a type


def _described(item: h5py.Dataset, *, marker: bool) -> dict[str, Any]:
    """Type, shape, dims and attributes; a marker without data also by what stands for it."""
    return {
        "type": str(item.dtype),
        "shape": list(item.shape),
        "dims": [list(dim.keys()) for dim in item.dims],
        "attributes": _attributes(item),
        "blank": str(item.fillvalue) if marker else "",
    }


def _attributes(item: h5py.Dataset | h5py.File) -> dict[str, Any]:
    if len(item.attrs) > _MOST_ATTRIBUTES:
        msg = f"{item.name} has {len(item.attrs)} attributes; too many."
        raise Refused(msg)
    found: dict[str, Any] = {}
    for name in item.attrs:
        if name in _STRUCTURE:
            continue
        kind = item.attrs.get_id(name)
        if int(np.prod(kind.shape, dtype=np.int64)) > 1 or kind.get_storage_size() > _LONGEST_TEXT:
            msg = f"attribute {name[:80]!r} is too large."
            raise Refused(msg)
        value = item.attrs[name]
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(-1)[0]
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        if isinstance(value, np.generic):
            value = value.item()
        if not isinstance(value, str | int | float):
            msg = f"attribute {name[:80]!r} has type {type(value).__name__}; not read."
            raise Refused(msg)
        if isinstance(value, str) and not value.isprintable():
            msg = f"attribute {name[:80]!a} is no text that can be read."
            raise Refused(msg)
        found[name] = value
    return found
