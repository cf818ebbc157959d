"""Measures of many replications in a file: written chunk by chunk, read piece by piece."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import h5netcdf
import h5py
import xarray as xr

from simulation.measures import dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulation.cuts import Values
    from simulation.network import Network

IN_MEMORY: Final = 512 * 2**20
"""Bytes of measures from which a dataset is read from disk piece by piece, not held in memory."""
AT_ONCE: Final = 100
"""Replications written to disk at once, and read back at once."""
_FILE: Final = "safepassage_file"
"""Where a dataset says which file holds all of it."""


def write_chunks(chunks: Iterator[list[Values]], network: Network, path: Path) -> None:
    """Write replications one chunk after the other into one NetCDF file.

    Parameters
    ----------
    chunks : iterator of list of dict
        Results of :func:`simulation.measures.measure`, in order of replication.
    network : Network
    path : pathlib.Path
        Replaced if it exists.

    """
    written = 0
    for values in chunks:
        part = dataset(values, network, first=written)
        if not written:
            path.unlink(missing_ok=True)
            encoding = {
                str(name): {
                    "zlib": True,
                    "complevel": 1,
                    "chunksizes": (len(values), *variable.shape[1:]),
                }
                for name, variable in part.data_vars.items()
                if _is_large(variable)
            }
            encoding["date"] = {"units": "days since 1970-01-01", "dtype": "int32"}
            part.to_netcdf(
                path, engine="h5netcdf", encoding=encoding, unlimited_dims=["replication"]
            )
        else:
            with h5py.File(path, "r+") as file:
                for name, variable in part.variables.items():
                    if variable.dims[:1] == ("replication",):
                        target = file[str(name)]
                        target.resize(written + len(values), axis=0)
                        target[written:] = variable.values
        written += len(values)


def open_large(path: Path) -> xr.Dataset:
    """Open measures whose values by day stay on disk; all others are read.

    Parameters
    ----------
    path : pathlib.Path
        Must stay where it is; from :func:`write_chunks`, or a copy.

    Returns
    -------
    xarray.Dataset
        See :func:`simulation.measures.dataset`.

    """
    lazy = xr.open_dataset(path, engine="h5netcdf", cache=False).drop_encoding()
    small = {name: one.load() for name, one in lazy.data_vars.items() if not _is_large(one)}
    opened = lazy.assign(small)
    opened.encoding[_FILE] = str(path)
    return opened


def copy_large(measures: xr.Dataset, path: Path) -> bool:
    """Copy the file of measures that stay on disk, with the attributes that they have now.

    Parameters
    ----------
    measures : xarray.Dataset
        Such as from :func:`open_large`.
    path : pathlib.Path
        Replaced if it exists.

    Returns
    -------
    bool
        False when they are in memory, or no longer all that is in the file; nothing is written
        then.

    """
    source = measures.encoding.get(_FILE)
    if source is None:
        return False
    with xr.open_dataset(source, engine="h5netcdf") as whole:
        if whole.sizes != measures.sizes or set(whole.data_vars) != set(measures.data_vars):
            return False
    shutil.copyfile(source, path)
    with h5netcdf.File(path, "r+") as file:
        file.attrs.update(measures.attrs)
    return True


def read_measures(path: Path) -> xr.Dataset:
    """Read measures that were written, in full where they are small enough.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    xarray.Dataset

    """
    with xr.open_dataset(path, engine="h5netcdf") as measures:
        if measures.nbytes <= IN_MEMORY:
            return measures.load()
    return open_large(path)


def _is_large(variable: xr.DataArray) -> bool:
    return {"replication", "day"} <= set(variable.dims)
