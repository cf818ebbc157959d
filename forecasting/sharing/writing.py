"""Writing a forecast package: protected first, complete or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecasting.disclosure import protect
from forecasting.hierarchy import Hierarchy
from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE
from forecasting.sharing.containers import refuse_existing, write_container
from forecasting.sharing.extras import needed
from forecasting.sharing.package import Package, check_shareable, identifier_of, package_files
from forecasting.sharing.provenance import About, make_provenance
from forecasting.sharing.signatures import public_of, sign

if TYPE_CHECKING:
    import os

    import xarray as xr

    from forecasting.disclosure import Policy
    from forecasting.sharing.signatures import SecretKey


def make_package(
    forecast: xr.DataArray,
    about: About,
    *,
    hierarchy: Hierarchy | None = None,
    policy: Policy | str | os.PathLike[str] = "default",
    salt: bytes | None = None,
    parquet: bool = True,
    sdmx: bool = False,
) -> tuple[Package, dict[str, bytes]]:
    """Make the files of a package without writing them.

    Parameters
    ----------
    forecast, about, hierarchy, policy, salt, parquet, sdmx
        As for :func:`write_package`.

    Returns
    -------
    tuple of Package and dict of str to bytes

    Raises
    ------
    PackageError, FlowError
        As :func:`write_package`.

    """
    if parquet:
        needed("pyarrow", "Parquet tables", "leave them out (parquet=False, --no-parquet)")
    tree = Hierarchy.from_locations(forecast) if hierarchy is None else hierarchy
    # A forecast read from a file has numbers of numpy as attributes.
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in forecast.attrs.items()}
    forecast = forecast.assign_attrs(plain)
    check_shareable(forecast, tree)
    protected = protect(
        forecast,
        policy,
        tree,
        purpose=about.purpose,
        recipient=about.recipient,
        salt=salt,
    )
    shared = ordered(protected.data, tree)
    provenance = make_provenance(shared, tree, about, protected.record, parquet=parquet, sdmx=sdmx)
    files = package_files(shared, tree, (), provenance)
    return Package(shared, tree, (), provenance, identifier_of(files)), files


def ordered(forecast: xr.DataArray, hierarchy: Hierarchy) -> xr.DataArray:
    """Lay out samples as a package holds them: lowest places in order, names as in the tree."""
    bottom = hierarchy.bottom_of(forecast)
    dims = [dim for dim in ("sample", "time", "location", "cause") if dim in bottom.dims]
    if "sample" not in bottom.coords:
        bottom = bottom.assign_coords(sample=range(bottom.sizes["sample"]))
    return bottom.transpose(*dims).assign_coords(hierarchy.coords(hierarchy.bottom_positions))


def write_package(
    forecast: xr.DataArray,
    path: str | os.PathLike[str],
    about: About,
    *,
    hierarchy: Hierarchy | None = None,
    policy: Policy | str | os.PathLike[str] = "default",
    salt: bytes | None = None,
    parquet: bool = True,
    sdmx: bool = False,
    key: SecretKey | None = None,
) -> Package:
    """Protect a forecast and write it as a package that every level of government can use.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Joint samples of the lowest places, whole persons.
    path : path-like
        Folder to write, or zip file if it ends in ``.zip``; must not exist.
    about : About
        Who issues it, what for, for whom.
    hierarchy : Hierarchy, optional
        Levels of government above the places; by default from the coordinates.
    policy : Policy, str or path
        Protection of small counts; ``none`` must be asked for by name.
    salt : bytes, optional
        Secret of the protection; by default that of the office.
    parquet : bool
        Whether to add the table of samples; needs pyarrow.
    sdmx : bool
        Whether to add the quantiles as SDMX-CSV.
    key : SecretKey, optional
        Signs the checksums.

    Returns
    -------
    Package

    Raises
    ------
    PackageError, FlowError
        If the forecast cannot be shared, a library is missing, or the target exists; then nothing
        is written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import forecasting
    >>> from forecasting.sharing import About, read_package, write_package
    >>> flows = forecasting.load_somalia_displacement()
    >>> made = forecasting.SeasonalClimatology().fit(flows).forecast(horizon=3, samples=20, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "national")
    ...     about = About(issuer="Example office", purpose="contingency planning")
    ...     written = write_package(made, target, about, salt=bytes(32), parquet=False)
    ...     again = read_package(target)
    >>> again.identifier == written.identifier, again.unit, len(again.hierarchy.bottom)
    (True, 'SO', 18)

    """
    target = Path(path)
    refuse_existing(target)
    if key is not None:
        public_of(key)
    package, files = make_package(
        forecast, about, hierarchy=hierarchy, policy=policy, salt=salt, parquet=parquet, sdmx=sdmx
    )
    write_container(signed(files, key, package.identifier), target)
    return replace(package, path=target, signed=public_of(key).name if key else "")


def signed(files: dict[str, bytes], key: SecretKey | None, identifier: str) -> dict[str, bytes]:
    """Add a signature of the checksums to the files of a package."""
    if key is None:
        return files
    comment = f"file:{CHECKSUMS}\tpackage:{identifier}"
    return {**files, SIGNATURE: sign(files[CHECKSUMS], key, comment)}
