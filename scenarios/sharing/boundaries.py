"""Outlines of places from the user's own GeoJSON: nothing is fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.sharing.limits import PackageError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

_LARGEST_FILE: Final = 100 * 2**20
_MOST_CORNERS: Final = 5_000_000
Rings = dict[str, list["NDArray[np.float64]"]]


def read_boundaries(path: Path, places: Collection[str]) -> Rings:
    """Read the outer rings of places from a GeoJSON file.

    Parameters
    ----------
    path : pathlib.Path
        FeatureCollection of Polygon and MultiPolygon in degrees (RFC 7946); some property of every
        feature holds the code of a place.
    places : collection of str
        Codes wanted, those of one level: a feature may hold the codes of places above it too.

    Returns
    -------
    dict of str to list of numpy.ndarray, (corner, 2)

    Raises
    ------
    PackageError
        If the file cannot be read or holds none of the places.

    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            msg = f"{path}: is larger than 100 MB; simplify the boundaries first."
            raise PackageError(msg)
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, PackageError):
            raise
        msg = f"{path}: is no GeoJSON that can be read ({type(error).__name__}: {error})."
        raise PackageError(msg) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        msg = f"{path}: has no list of features; give a GeoJSON FeatureCollection."
        raise PackageError(msg)
    wanted = set(places)
    found: Rings = {}
    corners = 0
    for number, feature in enumerate(features, start=1):
        said = feature.get("properties") if isinstance(feature, dict) else None
        values = said.values() if isinstance(said, dict) else ()
        code = next((value for value in values if isinstance(value, str) and value in wanted), None)
        if code is None:
            continue
        rings = _rings(feature.get("geometry"), f"{path}, feature {number} ({code})")
        corners += sum(len(ring) for ring in rings)
        if corners > _MOST_CORNERS:
            msg = f"{path}: has more than {_MOST_CORNERS:,} corners; simplify the boundaries first."
            raise PackageError(msg)
        found.setdefault(code, []).extend(rings)
    if not found:
        some = ", ".join(sorted(wanted)[:3])
        msg = (
            f"{path}: no feature has the code of a lowest place of the package as a property, such "
            f"as {some}; give boundaries of that level, with these codes."
        )
        raise PackageError(msg)
    return found


def _rings(geometry: Any, where: str) -> list[NDArray[np.float64]]:
    try:
        parts = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[
            geometry["type"]
        ]
        rings = [np.array(part[0], dtype=float)[:, :2] for part in parts]
        fine = rings and all(
            len(ring) > 3 and np.isfinite(ring).all()
            and (np.abs(ring) <= (180.0, 90.0)).all() for ring in rings
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError):
        fine, rings = False, []
    if not fine:
        msg = f"{where}: its geometry is no polygon in degrees of longitude and latitude."
        raise PackageError(msg)
    return rings
