"""Forecast packages: one forecast for every level of government, in formats offices already read."""

from forecasting.sharing.limits import Limits, PackageError
from forecasting.sharing.package import Package
from forecasting.sharing.provenance import About
from forecasting.sharing.reading import Verification, read_package, verify_package
from forecasting.sharing.signatures import make_keys, read_public_key, read_secret_key
from forecasting.sharing.writing import write_package

__all__ = [
    "About",
    "Limits",
    "Package",
    "PackageError",
    "Verification",
    "make_keys",
    "read_package",
    "read_public_key",
    "read_secret_key",
    "verify_package",
    "write_package",
]
