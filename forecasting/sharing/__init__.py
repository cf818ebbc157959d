"""Forecast packages: one forecast for all levels of government, in formats offices read."""

from forecasting.sharing.differences import PackageDifference, diff_packages
from forecasting.sharing.limits import Limits, PackageError
from forecasting.sharing.package import Package
from forecasting.sharing.provenance import About
from forecasting.sharing.reading import Verification, read_package, verify_package
from forecasting.sharing.signatures import make_keys, read_public_key, read_secret_key
from forecasting.sharing.slices import merge_packages, slice_package
from forecasting.sharing.writing import write_package

__all__ = [
    "About",
    "Limits",
    "Package",
    "PackageDifference",
    "PackageError",
    "Verification",
    "diff_packages",
    "make_keys",
    "merge_packages",
    "read_package",
    "read_public_key",
    "read_secret_key",
    "slice_package",
    "verify_package",
    "write_package",
]
