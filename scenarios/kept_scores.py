"""Scores of past forecasts, kept for the next run: they depend on data and model, not on the plan.

A file is named by all that the scores depend on: data, model, cutoffs, versions and our own
sources. Whatever is wrong with a file or its folder, the scores are made again.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs
import xarray as xr

import forecasting
from forecasting.flows import write_atomically
from scenarios.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE: Final = "SAFEPASSAGE_CACHE"
"""Environment variable with the folder; ``off`` keeps nothing."""
MOST: Final = 50
"""Files kept; those that were not used for longest go first."""


def folder() -> Path | None:
    """Return where scores are kept; None: nowhere."""
    named = os.environ.get(VARIABLE)
    if named is not None and named.strip().lower() in {"", "off"}:
        return None
    return Path(named or platformdirs.user_cache_path("safepassage")) / "scores"


def kept_scores(
    make: Callable[[], xr.Dataset], tables: dict[str, xr.DataArray | xr.Dataset], **settings: Any
) -> tuple[xr.Dataset, bool]:
    """Return scores from an earlier run, or make and keep them.

    Parameters
    ----------
    make : callable
        Makes the scores.
    tables : dict of str to xarray object
        Data that the scores depend on.
    **settings
        All else that they depend on, of types that JSON knows.

    Returns
    -------
    scores : xarray.Dataset
    is_kept : bool
        Whether they are from an earlier run.

    """
    where = folder()
    if where is None:
        return make(), False
    key = _key(tables, settings)
    path = where / f"{key}.nc"
    known = _read(path, key)
    if known is not None:
        return known, True
    scores = make()
    _keep(scores, path, key)
    return scores, False


def _key(tables: dict[str, xr.DataArray | xr.Dataset], settings: dict[str, Any]) -> str:
    digest = hashlib.sha256(_sources().encode())
    described = {"settings": settings, "versions": versions()}
    digest.update(json.dumps(described, sort_keys=True).encode())
    for name, table in sorted(tables.items()):
        digest.update(f"{name} {table.sizes} {sorted(table.attrs.items(), key=str)}".encode())
        data = table if isinstance(table, xr.Dataset) else table.to_dataset(name="values")
        for variable in sorted(map(str, data.variables)):
            values = data[variable].values
            flat = values.astype(str) if values.dtype == object else values
            about = (data[variable].dims, flat.dtype, sorted(data[variable].attrs.items(), key=str))
            digest.update(f"{variable} {about}".encode())
            digest.update(flat.tobytes())
    return digest.hexdigest()


@cache
def _sources() -> str:
    """Hash our own forecasting code, so that scores never outlive it."""
    digest = hashlib.sha256()
    for source in sorted(Path(forecasting.__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _read(path: Path, key: str) -> xr.Dataset | None:
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            scores = dataset.load().drop_encoding()
        if scores.attrs.pop("key", None) != key:
            return None
        attrs = json.loads(scores.attrs.pop("attrs"))
        path.touch()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    return scores.assign_attrs(attrs)


def _keep(scores: xr.Dataset, path: Path, key: str) -> None:
    attrs = json.dumps(scores.attrs)
    bare = scores.drop_attrs(deep=False).assign_attrs(key=key, attrs=attrs)
    try:
        small: dict[str, dict[str, object]] = {
            str(name): {"zlib": True} for name in bare if bare[name].dtype.kind == "f"
        }
        write_atomically(bare, path, small)
        files = sorted(path.parent.glob("*.nc"), key=lambda file: file.stat().st_mtime)
        for old in files[:-MOST]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):  # a full or read-only disk costs time only
        return
