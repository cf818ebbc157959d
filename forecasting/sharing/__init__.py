"""Forecast packages: one forecast for all levels of government, in formats offices read."""

from forecasting.sharing.capacities import Capacity, Override, read_capacities, read_overrides
from forecasting.sharing.collection import Collection, Finding, collect
from forecasting.sharing.differences import PackageDifference, diff_packages
from forecasting.sharing.limits import Limits, PackageError
from forecasting.sharing.overriding import override_package
from forecasting.sharing.package import Package
from forecasting.sharing.provenance import About
from forecasting.sharing.reading import Verification, read_package, verify_package
from forecasting.sharing.responses import (
    Response,
    outcomes_array,
    read_response,
    write_response,
)
from forecasting.sharing.signatures import (
    PublicKey,
    SecretKey,
    make_keys,
    read_public_key,
    read_secret_key,
)
from forecasting.sharing.slices import merge_packages, slice_package
from forecasting.sharing.totals import capacity_totals, gap_totals, outcome_totals
from forecasting.sharing.writing import write_package

__all__ = [
    "About",
    "Capacity",
    "Collection",
    "Finding",
    "Limits",
    "Override",
    "Package",
    "PackageDifference",
    "PackageError",
    "PublicKey",
    "Response",
    "SecretKey",
    "Verification",
    "capacity_totals",
    "collect",
    "diff_packages",
    "gap_totals",
    "make_keys",
    "merge_packages",
    "outcome_totals",
    "outcomes_array",
    "override_package",
    "read_capacities",
    "read_overrides",
    "read_package",
    "read_public_key",
    "read_response",
    "read_secret_key",
    "slice_package",
    "verify_package",
    "write_package",
    "write_response",
]
