"""An office's change of the forecast, merged upward: every sample still sums at every level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.disclosure import protect
from forecasting.sharing.capacities import ALL
from forecasting.sharing.containers import refuse_existing, write_container
from forecasting.sharing.limits import PackageError
from forecasting.sharing.package import Package, identifier_of, package_files
from forecasting.sharing.provenance import check_provenance, own_version, samples_sha256
from forecasting.sharing.signatures import public_of
from forecasting.sharing.writing import signed

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy.typing as npt

    from forecasting.disclosure import Policy
    from forecasting.sharing.capacities import Override
    from forecasting.sharing.responses import Response
    from forecasting.sharing.signatures import SecretKey


def override_package(
    package: Package,
    changes: Sequence[tuple[Response, Override]],
    path: str | os.PathLike[str],
    *,
    issued: str,
    policy: Policy | str | os.PathLike[str] | None = None,
    salt: bytes | None = None,
    key: SecretKey | None = None,
) -> Package:
    """Write the next version of a package with the changes that offices answered.

    Samples of the lowest places are multiplied, rounded to whole persons and protected again; the
    levels above are their sums, so that every sample is coherent. Sample k stays sample k.

    Parameters
    ----------
    package : Package
        The whole.
    changes : sequence of (Response, Override)
        No two of one place, period and cause; see :func:`forecasting.sharing.collect`.
    path : path-like
        Folder or zip file to write; must not exist.
    issued : str
        Day of issue, YYYY-MM-DD.
    policy : Policy, str or path, optional
        Protection of changed counts; the one recorded by its name by default, so an own policy must
        be given again.
    salt : bytes, optional
    key : SecretKey, optional

    Returns
    -------
    Package
        One version later; its history names every change, who made it and why.

    Raises
    ------
    PackageError, FlowError
        If there is nothing to change or the target exists; then nothing is written.

    """
    target = Path(path)
    refuse_existing(target)
    if not changes:
        msg = "there are no changes to merge upward; the package stays as it is."
        raise PackageError(msg)
    said = package.provenance
    forecast = package.forecast
    values = forecast.to_numpy().copy()
    touched = np.zeros(values.shape[1:], dtype=bool)
    for _, one in changes:
        cells = _cells(package, one)
        values[:, cells] = np.rint(values[:, cells] * one.factor)
        touched |= cells
    made = protect(
        forecast.copy(data=values),
        said["disclosure"]["policy"] if policy is None else policy,
        package.hierarchy,
        purpose=said["purpose"],
        recipient=said["recipient"],
        salt=salt,
    )
    # What nobody changed stays as it was published: a second protection would be a second look.
    kept = np.where(touched, made.data.to_numpy(), forecast.to_numpy())
    changed = forecast.copy(data=kept)
    history = [
        {
            "unit": one.location,
            "by": response.about["by"],
            "on": response.about["on"],
            "because": f"{response.about['because']} (times {one.factor:g}; period: "
            f"{one.first_day}, cause: {one.cause})",
            "response": response.identifier,
        }
        for response, one in changes
    ]
    version = int(said["version"]) + 1
    name = said["name"].removesuffix(f"-v{said['version']}")[:90]
    former = dict(said["disclosure"])
    before = [*former.pop("before", ()), former]
    provenance: dict[str, Any] = {
        **said,
        "version": version,
        "issued": issued,
        "name": f"{name}-v{version}",
        "software": {**said["software"], "safepassage": own_version()},
        "history": [*said["history"], *history],
        "previous": package.identifier,
        "forecast": {**said["forecast"], "samples_sha256": samples_sha256(changed)},
        "disclosure": {**made.record, "before": before},
    }
    files = package_files(changed, package.hierarchy, (), check_provenance(provenance))
    identifier = identifier_of(files)
    write_container(signed(files, key, identifier), target)
    return replace(
        package,
        forecast=changed,
        provenance=provenance,
        identifier=identifier,
        signed=public_of(key).name if key else "",
        path=target,
    )


def _cells(package: Package, override: Override) -> npt.NDArray[np.bool_]:
    """Cells (time, location[, cause]) that an override changes."""
    forecast = package.forecast
    days = np.array(package.days)
    rows = np.ones(len(days), bool) if override.first_day == ALL else days == override.first_day
    below = set(package.hierarchy.members(override.location))
    places = np.array([str(code) in below for code in forecast["location"].to_numpy()])
    cells = rows[:, np.newaxis] & places
    if "cause" not in forecast.dims:
        return np.asarray(cells)
    causes = np.array(package.causes)
    chosen = np.ones(len(causes), bool) if override.cause == ALL else causes == override.cause
    return np.asarray(cells[:, :, np.newaxis] & chosen)
