"""Variants of a scenario on the same futures: forecast once, simulate many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scenarios.build import build_network
from scenarios.comparison import outcomes
from scenarios.files import changed_scenario
from scenarios.forecasts import fingerprint, make_outlook
from scenarios.labels import measure_label
from scenarios.problems import suggestion
from simulation.experiments import ExperimentError, Futures, replicate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import xarray as xr

    from scenarios.schema import Scenario


def more_people(scenario: Scenario, factor: float) -> list[dict[str, Any]]:
    """Return the changes with which a multiple of the people of the forecast comes.

    Parameters
    ----------
    scenario : Scenario
    factor : float, dimensionless
        People who come, divided by those of the forecast.

    Returns
    -------
    list of dict
        For :func:`scenarios.files.changed_scenario`.

    Raises
    ------
    ExperimentError
        If more than all displaced people would have to come.

    """
    over = [one for one in scenario.inflows if one.share * factor > 1]
    if over:
        most = min(1 / one.share for one in over)
        msg = (
            f"{factor:g} times the people is more than all displaced people of "
            f"{', '.join(one.name for one in over)}; at most {most:g} times."
        )
        raise ExperimentError(msg)
    return [
        {
            "set": f"inflows.{one.name}.share",
            "to": f"{100 * one.share * factor:.10g} %",
            "because": f"Stress factor {factor:g}: people who come over those of the forecast.",
        }
        for one in scenario.inflows
    ]


@dataclass
class Variants:
    """Runs variants of one scenario on its forecast, each once.

    Parameters
    ----------
    scenario : Scenario
    replications, seed : int or None
        Override those of the scenario; the same for every variant.
    workers : int or None
        Processes; None takes all processors.
    cluster : str or None
    engine : str
        As in :func:`scenarios.runner.run`.

    """

    scenario: Scenario
    replications: int | None = None
    seed: int | None = None
    workers: int | None = None
    cluster: str | None = None
    engine: str = "auto"
    _forecasts: dict[str, xr.DataArray] = field(default_factory=dict)
    _measures: dict[str, xr.Dataset] = field(default_factory=dict)

    def measures(self, changes: Sequence[Mapping[str, Any]] = ()) -> xr.Dataset:
        """Return the measures of a variant.

        Parameters
        ----------
        changes : sequence of mapping
            As in a derived scenario: ``set`` and ``to``, ``add`` and ``item``, or ``remove``, with
            ``because``.

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        ScenarioError
            If the scenario with the changes is not valid.

        """
        variant = changed_scenario(self.scenario, changes) if changes else self.scenario
        network = build_network(variant)
        section = fingerprint(variant)
        key = hashlib.sha256(repr((network, section)).encode()).hexdigest()
        if key not in self._measures:
            if section not in self._forecasts:
                self._forecasts[section] = make_outlook(variant).forecast
            experiment = self.scenario.experiment
            replications = self.replications or experiment.replications
            self._measures[key] = replicate(
                network,
                Futures.of(self._forecasts[section], network),
                replications=replications,
                engine=self.engine,
                seed=experiment.seed if self.seed is None else self.seed,
                workers=self.workers,
                cluster=self.cluster,
            )
        return self._measures[key]

    def outcomes(self, changes: Sequence[Mapping[str, Any]] = ()) -> pd.DataFrame:
        """Return the measures that plans are judged by, one row per replication."""
        return outcomes(self.measures(changes))


def outcome_name(text: str, known: Sequence[str]) -> str:
    """Return the name of the outcome that a user means by its name or label.

    Parameters
    ----------
    text : str
        Such as ``nights without a place`` or ``total_nights_without_place``.
    known : sequence of str
        Columns of :func:`scenarios.comparison.outcomes`.

    Raises
    ------
    ExperimentError
        If there is no such outcome; the message lists all.

    Examples
    --------
    >>> outcome_name("Nights without a place", ["families_split", "total_nights_without_place"])
    'total_nights_without_place'

    """
    wanted = " ".join(text.replace("_", " ").lower().split())
    labels = {measure_label(name).label.lower(): name for name in known}
    labels |= {name.replace("_", " "): name for name in known}
    if wanted in labels:
        return labels[wanted]
    near = suggestion(wanted, list(labels)) or "."
    listing = ", ".join(measure_label(name).label.lower() for name in known)
    msg = f"there is no measure {text!r}{near} Known: {listing}."
    raise ExperimentError(msg)
