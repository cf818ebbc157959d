"""Keep issued forecasts by reference date and version; nothing is changed or removed."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from forecasting.flows import PERIODS, FlowError, raise_all, read_forecast, write_forecast
from forecasting.registry.entries import Entry, append, chain_problems, entry_numbers, read_entry
from forecasting.registry.folders import (
    checksums,
    fresh_folder,
    keep_folder,
    remove_stale,
    tree_hash,
)
from forecasting.registry.index import find_entries, rebuild_index

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import xarray as xr

PACKAGES: Final = "packages"
BENCHMARKS: Final = "benchmarks"
SAMPLES: Final = "samples.nc"
_MARK: Final = "registry.txt"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_EXPLAINED: Final = (
    "A registry of issued forecasts, written by safepassage. Do not change anything in it:\n"
    "`safepassage registry verify` would find it. `index.sqlite` may be deleted; it is made anew.\n"
)


def read_samples(folder: Path) -> xr.DataArray:
    """Read the samples of a package: the forecast in its file ``samples.nc``."""
    return read_forecast(folder / SAMPLES)


@dataclass(frozen=True)
class Registry:
    """A folder that keeps every forecast an office has issued, and in what order.

    Packages are folders named by the hash of their content. Every issue and every rollback is an
    entry with the hash of the entry before, so that a change of history shows. An index in SQLite
    makes looking up fast and is rebuilt from the entries whenever it is missing or behind.
    Several processes may write and read at once; a writer that is stopped leaves nothing half
    done.

    Parameters
    ----------
    root : pathlib.Path
        Folder; it is made by the first issue.
    read : callable, optional
        From the folder of a package to its forecast; default :func:`read_samples`.

    Examples
    --------
    >>> import tempfile
    >>> import forecasting as fc
    >>> flows = fc.load_somalia_displacement()
    >>> forecast = fc.RecentClimatology().fit(flows).forecast(horizon=3, samples=50, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     package = Path(folder) / "package"
    ...     _ = fc.write_forecast(forecast, package / "samples.nc")
    ...     registry = Registry(Path(folder) / "registry")
    ...     entry = registry.issue(package, "somalia-regions")
    ...     found = registry.find("somalia-regions")
    ...     again = registry.samples(found)
    >>> found.reference_date, found.version, again.equals(forecast)
    ('2022-07-01', 1, True)

    """

    root: Path
    read: Callable[[Path], xr.DataArray] = read_samples

    def issue(
        self,
        package: str | os.PathLike[str],
        name: str,
        *,
        benchmark: xr.DataArray | None = None,
        note: str = "",
    ) -> Entry:
        """Keep a package as the next version of a forecast, sealed.

        Parameters
        ----------
        package : path-like
            Folder of a forecast package; copied.
        name : str
            What is forecast: small letters, digits, ``.``, ``_`` and ``-``.
        benchmark : xarray.DataArray, optional
            Forecast of a simple model for the same places and periods, kept with the issue so that
            skill can be said later without choosing the benchmark afterwards.
        note : str

        Returns
        -------
        Entry
            Its ``seal`` proves later what was forecast: send it to somebody else today.

        Raises
        ------
        FlowError
            If the package cannot be read, or the benchmark does not fit it.

        """
        if not _NAME.fullmatch(name):
            msg = (
                f"name is {name!r}; use small letters, digits, '.', '_' and '-', "
                "such as 'somalia-districts'."
            )
            raise FlowError(msg)
        source = Path(package)
        forecast = self.read(source)
        reference = _day(forecast["reference_date"].to_numpy()[()])
        ends = _first_end(forecast)
        self._prepare()
        kept_benchmark = "" if benchmark is None else self._keep_benchmark(benchmark, forecast)
        kept = keep_folder(source, self.root, PACKAGES)

        def describe(known: list[Entry]) -> dict[str, Any]:
            now = _now(known)
            return {
                "kind": "issue",
                "name": name,
                "reference_date": reference,
                "version": _next_version(known, name, reference),
                "package": kept,
                "benchmark": kept_benchmark,
                "issued_at": now,
                "before_outcome": now < ends,
                "restores": 0,
                "note": note,
            }

        return self._append(describe)

    def rollback(self, name: str, reference_date: str, version: int, *, note: str = "") -> Entry:
        """Put an earlier version in force again, as a new version; nothing is removed.

        Parameters
        ----------
        name, reference_date : str
        version : int
            Version to put in force again.
        note : str
            Why.

        Returns
        -------
        Entry

        Raises
        ------
        FlowError
            If there is no such version.

        """
        earlier = self.find(name, reference_date, version=version)

        def describe(known: list[Entry]) -> dict[str, Any]:
            return {
                "kind": "rollback",
                "name": name,
                "reference_date": earlier.reference_date,
                "version": _next_version(known, name, earlier.reference_date),
                "package": earlier.package,
                "benchmark": earlier.benchmark,
                "issued_at": _now(known),
                "before_outcome": earlier.before_outcome,
                "restores": version,
                "note": note,
            }

        return self._append(describe)

    def entries(self, name: str | None = None) -> list[Entry]:
        """List the history, all or that of one name, in order."""
        self._check_there()
        return find_entries(self.root, name=name)

    def find(
        self,
        name: str,
        reference_date: str | None = None,
        *,
        version: int | None = None,
        as_of: str | None = None,
    ) -> Entry:
        """Find a version: by default the one in force for the latest reference date.

        Parameters
        ----------
        name : str
        reference_date : str, optional
            ``YYYY-MM-DD``; default the latest.
        version : int, optional
            Default the last, which a rollback may have made.
        as_of : str, optional
            A day or time (UTC): what was in force then, also if it has been replaced since. A day
            means its end.

        Returns
        -------
        Entry

        Raises
        ------
        FlowError
            If there is none, with what there is.

        """
        self._check_there()
        date = None if reference_date is None else _day(reference_date)
        until = None if as_of is None else _moment(as_of)
        found = find_entries(self.root, name=name, reference_date=date, as_of=until)
        if found and date is None:
            latest = max(entry.reference_date for entry in found)
            found = [entry for entry in found if entry.reference_date == latest]
        if version is not None:
            found = [entry for entry in found if entry.version == version]
        if not found:
            raise FlowError(self._nothing(name, date, version, as_of))
        entry = read_entry(self.root, found[-1].number)
        if entry != found[-1]:
            msg = f"the index of {self.root} does not fit its entries; rebuild it."
            raise FlowError(msg)
        return entry

    def folder(self, entry: Entry) -> Path:
        """Folder of the package of an entry; do not write in it."""
        return self.root / PACKAGES / entry.package

    def samples(self, entry: Entry) -> xr.DataArray:
        """Forecast of an entry, read after its package was found unchanged."""
        raise_all(f"package {entry.package[:12]}", self._package_problems(PACKAGES, entry.package))
        return self.read(self.folder(entry))

    def benchmark(self, entry: Entry) -> xr.DataArray | None:
        """Benchmark forecast kept with an entry, or None."""
        if not entry.benchmark:
            return None
        raise_all("benchmark", self._package_problems(BENCHMARKS, entry.benchmark))
        return read_forecast(self.root / BENCHMARKS / entry.benchmark / SAMPLES)

    def verify(self, seal: str | None = None) -> list[str]:
        """Check the chain, all seals and all files.

        Parameters
        ----------
        seal : str, optional
            A seal that was noted elsewhere at the time: it must be in the history. Without one,
            a history that somebody rewrote as a whole looks sound.

        Returns
        -------
        list of str
            All problems; none if everything is as it was issued.

        """
        self._check_there()
        problems = chain_problems(self.root)
        if problems:
            return problems
        entries = [read_entry(self.root, number) for number in entry_numbers(self.root)]
        if find_entries(self.root) != entries:
            problems.append("the index does not fit the entries; rebuild it.")
        for entry in entries:
            kept = [(PACKAGES, entry.package), (BENCHMARKS, entry.benchmark)]
            for part, name in kept:
                if name:
                    found = self._package_problems(part, name)
                    problems += [f"entry {entry.number}: {problem}" for problem in found]
        if seal is not None and seal not in {entry.seal for entry in entries}:
            problems.append(f"seal {seal} is not in the history: it was rewritten or is another.")
        return problems

    def rebuild(self) -> int:
        """Make the index anew from the entries; returns their number."""
        self._check_there()
        return rebuild_index(self.root)

    @property
    def called(self) -> str:
        """What messages call it: its folder."""
        return str(self.root)

    def _prepare(self) -> None:
        if self.root.is_dir() and not (self.root / _MARK).is_file():
            others = [path.name for path in self.root.iterdir()]
            ours = {PACKAGES, BENCHMARKS, "incoming", "entries", "index.sqlite"}
            if set(others) - ours:
                msg = f"{self.root} holds other files; give a new or empty folder for a registry."
                raise FlowError(msg)
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / _MARK).write_text(_EXPLAINED, encoding="utf-8")
        remove_stale(self.root)

    def _check_there(self) -> None:
        if not entry_numbers(self.root):
            msg = f"{self.root} is no registry with an issued forecast; issue one first."
            raise FlowError(msg)

    def _append(self, describe: Callable[[list[Entry]], dict[str, Any]]) -> Entry:
        entry = append(self.root, describe)
        find_entries(self.root, name=entry.name)
        return entry

    def _keep_benchmark(self, benchmark: xr.DataArray, forecast: xr.DataArray) -> str:
        for dim in forecast.dims:
            if dim == "sample":
                continue
            if dim not in benchmark.dims or not benchmark.indexes[dim].equals(
                forecast.indexes[dim]
            ):
                msg = f"the benchmark differs from the forecast in {dim!r}; forecast it alike."
                raise FlowError(msg)
        folder = fresh_folder(self.root)
        try:
            write_forecast(benchmark, folder / SAMPLES)
            return keep_folder(folder, self.root, BENCHMARKS)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _package_problems(self, part: str, name: str) -> list[str]:
        folder = self.root / part / name
        if not folder.is_dir():
            return [f"{part}/{name} is missing."]
        try:
            found = tree_hash(checksums(folder))
        except FlowError as error:
            return [str(error)]
        return [] if found == name else [f"{part}/{name} was changed after it was issued."]

    def _nothing(self, name: str, date: str | None, version: int | None, as_of: str | None) -> str:
        every = find_entries(self.root)
        own = [f"{e.reference_date} version {e.version}" for e in every if e.name == name]
        asked = [
            text
            for text, value in (
                (f" of {date}", date),
                (f" version {version}", version),
                (f" as of {as_of}", as_of),
            )
            if value is not None
        ]
        if own:
            there = f"there are {', '.join(own[-5:])}"
        else:
            there = f"names are {', '.join(sorted({e.name for e in every}))}"
        return f"no forecast {name!r}{''.join(asked)} was issued; {there}."


def _next_version(known: list[Entry], name: str, reference_date: str) -> int:
    own = [e.version for e in known if (e.name, e.reference_date) == (name, reference_date)]
    return max(own, default=0) + 1


def _now(known: list[Entry]) -> str:
    """Return the time in UTC, never before that of the last entry, whatever the clock says."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return max(now, known[-1].issued_at) if known else now


def _day(value: Any) -> str:
    try:
        return str(pd.Timestamp(value).date())
    except ValueError as error:
        msg = f"{value!r} is no date; write it as YYYY-MM-DD."
        raise FlowError(msg) from error


def _moment(text: str) -> str:
    """Time in UTC as entries hold it; a day without a time means its end."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"as_of is {text!r}; write a day (2026-09-01) or a time (2026-09-01T12:00+00:00)."
        raise FlowError(msg) from error
    if len(text) == len("2026-09-01"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="microseconds")


def _first_end(forecast: xr.DataArray) -> str:
    """Time at which the first period that is forecast ends."""
    first = pd.Timestamp(forecast["time"].to_numpy()[0])
    period = str(forecast.attrs["period"])
    freq = "7D" if period == "week" else PERIODS[period]
    after = pd.date_range(first, periods=2, freq=freq)[1]
    return datetime(after.year, after.month, after.day, tzinfo=UTC).isoformat(
        timespec="microseconds"
    )
