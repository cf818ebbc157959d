"""A small invented run with the shape of a real one, for figures and report."""

import datetime as dt
import functools
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from scenarios.report import pictures
from scenarios.report.inputs import Assumption, Change, Plan, ReportInputs
from simulation.measures import CATEGORIES, MEASURES
from simulation.parts import CLOCKS
from simulation.records import GROUP_OUTCOMES, STEPS
from simulation.site_standards import SITE_STANDARDS

FACILITIES = (
    ("beledweyne-boats", "rescue", "units", 8, 6.0),
    ("beledweyne-screening", "reception", "desks", 4, 4.0),
    ("beledweyne-registration", "reception", "desks", 6, 24.0),
    ("ceel-jaale", "reception", "persons", 6000, 24.0),
    ("jowhar", "reception", "persons", 3000, 24.0),
    ("beledweyne-trucks", "onward travel", "vehicles", 5, 72.0),
    ("beledweyne-post triage", "health", "nurses", 2, 0.25),
    ("beledweyne-post", "health", "clinicians", 4, 4.0),
    ("beledweyne-ward", "health", "beds", 20, 4.0),
)
DAYS = 184
REPLICATIONS = 60


def invented_measures(stress=1.0, seed=1):
    generator = np.random.default_rng(seed)
    flood = np.exp(-(((np.arange(DAYS) - 115) / 16.0) ** 2))
    size = generator.lognormal(0.0, 0.9, (REPLICATIONS, 1, 1)) * stress
    capacity = np.repeat([[f[3]] for f in FACILITIES], DAYS, axis=1).astype(float)
    load = np.array([1.2, 0.9, 1.4, 0.8, 1.1, 0.4, 0.5, 0.9, 0.7])[None, :, None]
    demand = np.round((0.15 + size * flood) * load * capacity[None])
    requests = np.round(20 + 400 * size * flood * load)
    late = np.round(requests * np.clip(demand / capacity[None] - 1, 0, 1))
    sizes = {"facility": len(FACILITIES), "day": DAYS, "step": len(STEPS)}
    sizes |= {"group_outcome": len(GROUP_OUTCOMES), "category": len(CATEGORIES)}
    sizes |= {"trigger": 1, "cause": 1, "clock": len(CLOCKS), "site_standard": len(SITE_STANDARDS)}
    scale = size[:, 0, 0]
    variables = {}
    for measure in MEASURES:
        shape = (REPLICATIONS, *(sizes[dim] for dim in measure.dims))
        noise = generator.gamma(4.0, 25.0, shape)
        values = np.round(noise * scale.reshape(-1, *([1] * len(measure.dims))))
        variables[measure.name] = (
            ("replication", *measure.dims),
            values,
            {"units": measure.unit, "long_name": measure.description},
        )
    for name, values in (("peak_demand", demand), ("requests", requests), ("late", late)):
        variables[name] = (variables[name][0], values, variables[name][2])
    shares = np.array([0.3, 0.2, 0.03, 0.35, 0.03, 0.05, 0.01, 0.01, 0.02])
    shares = np.append(shares, [0.0] * (len(GROUP_OUTCOMES) - len(shares)))
    outcome = np.round(shares * 9000 * scale[:, None])
    variables["persons_by_outcome"] = (("replication", "group_outcome"), outcome, {})
    variables["persons_entered"] = (("replication",), outcome.sum(axis=1), {})
    variables["persons"] = (
        ("replication", "category"),
        np.round(
            outcome.sum(axis=1)[:, None] * [0.55, 0.25, 0.2, 0.24, 0.01, 0.15, 0.9, 0.04, 0.05]
        ),
        {},
    )
    in_place = np.repeat(capacity[None], REPLICATIONS, axis=0)
    variables["capacity_in_place"] = (("replication", "facility", "day"), in_place, {})
    variables["capacity"] = (("facility", "day"), capacity, {"units": "units of the facility"})
    variables["standard"] = (("facility",), np.array([f[4] for f in FACILITIES]), {"units": "h"})
    return xr.Dataset(
        variables,
        coords={
            "replication": np.arange(REPLICATIONS),
            "facility": np.array([f[0] for f in FACILITIES], dtype=object),
            "facility_service": ("facility", np.array([f[1] for f in FACILITIES], dtype=object)),
            "facility_unit": ("facility", np.array([f[2] for f in FACILITIES], dtype=object)),
            "day": np.arange(DAYS),
            "date": ("day", pd.date_range("2022-07-01", periods=DAYS).to_numpy()),
            "step": np.array(STEPS, dtype=object),
            "group_outcome": np.array(GROUP_OUTCOMES, dtype=object),
            "category": np.array(CATEGORIES, dtype=object),
            "site_standard": np.array([one.name for one in SITE_STANDARDS], dtype=object),
            "clock": np.array([clock.name for clock in CLOCKS], dtype=object),
            "trigger": np.array(["more-beds"], dtype=object),
            "cause": np.array(["cholera"], dtype=object),
        },
    )


def invented_forecast(seed=2, spread=1.9, kind="forecast"):
    generator = np.random.default_rng(seed)
    times = pd.date_range("2022-07-01", periods=6, freq="MS")
    values = np.round(np.exp(generator.normal([7.5, 7.6, 7.8, 8.8, 8.9, 8.2], spread, (400, 6))))
    return xr.DataArray(
        np.minimum(values, 6e5),
        dims=("sample", "time"),
        coords={"time": times, "reference_date": np.datetime64("2022-07-01", "ns")},
        attrs={
            "units": "persons",
            "period": "month",
            "kind": kind,
            "model": "driver-regression",
            "credit": "Invented publisher, invented terms",
        },
    )


def invented_past():
    generator = np.random.default_rng(3)
    times = pd.date_range("2016-01-01", "2022-06-01", freq="MS")
    values = np.round(np.exp(generator.normal(8.0, 1.7, len(times))))
    return xr.DataArray(
        np.minimum(values, 255_000),
        dims=("time",),
        coords={"time": times},
        attrs={"units": "persons", "period": "month", "credit": "Invented publisher"},
    )


def invented_skill():
    rows = [
        ("driver-regression", benchmark, horizon, value, value - 0.13, value + 0.12)
        for benchmark, start in (("seasonal-climatology", 0.16), ("recent-climatology", 0.05))
        for horizon in range(1, 7)
        for value in [start - 0.02 * horizon]
    ]
    columns = ["model", "benchmark", "horizon", "skill", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def invented_comparison(base, plans):
    rows = []
    for plan in plans:
        for name in (
            "total_nights_without_place",
            "families_split",
            "children_alone_late",
            "patients_left_unseen",
            "hours_over_capacity",
        ):
            one, other = base[name], plan.measures[name]
            extra = [dim for dim in one.dims if dim != "replication"]
            one, other = one.sum(extra), other.sum(extra)
            gap = (other - one).values
            half = 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
            middle, better, same = gap.mean(), (gap < 0).mean(), (gap == 0).mean()
            means = one.mean().item(), other.mean().item()
            limits = middle - half, middle + half
            rows.append((plan.name, name, *means, middle, *limits, better, same))
    columns = ["plan", "measure", "baseline", "value", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "chance_better", "chance_same"])


def invented_inputs():
    base = invented_measures()
    plans = (
        Plan(
            "beledweyne-el-nino",
            "A positive-dipole El Niño season",
            (Change("forecast.outlook", "ONI and DMI of 2019", "Largest flood on record"),),
            invented_measures(stress=1.6, seed=1),
        ),
        Plan(
            "beledweyne-losses",
            "Half of the boats and one site lost in week two",
            (
                Change("rescue.beledweyne-boats.units", "4 boats", "Engines out of service"),
                Change("losses", "ceel-jaale, 0 % remaining", "Access road flooded"),
            ),
            invented_measures(stress=1.02, seed=5),
        ),
    )
    drivers = xr.Dataset(
        {
            "oni": ("time", np.sin(np.arange(42) / 6.0)),
            "dmi": ("time", 0.4 * np.cos(np.arange(42) / 5.0)),
        },
        coords={"time": pd.date_range("2019-07-01", periods=42, freq="MS")},
    )
    return ReportInputs(
        name="beledweyne-flood",
        title="Beledweyne flood season",
        question="Do boats, sites and health posts along the Shabelle hold until December?",
        place="Hiraan, Middle and Lower Shabelle",
        reference_date=dt.date(2022, 7, 1),
        forecast=invented_forecast(),
        benchmark=invented_forecast(seed=4, spread=2.2),
        observed=invented_past(),
        skill=invented_skill(),
        skill_statement="Over 36 past cutoffs the model scored 9 % better than the benchmark.",
        measures=base,
        plans=plans,
        comparison=invented_comparison(base, plans),
        drivers=drivers,
        assumptions=(
            Assumption("reception.ceel-jaale.places", "6000 persons", "assumption", "Replace it."),
            Assumption("composition.under_five", "24.4 %", "source", "Polonsky et al. 2013"),
            Assumption("experiment.seed", "20220701", "default", "Any whole number"),
        ),
        provenance=(
            ("Command", "safepassage run beledweyne-flood"),
            ("Version", "0.1.0"),
            ("Seed", "20220701"),
            ("Measures (SHA-256)", "0" * 64),
        ),
        credits=("UNHCR / NRC PRMN, Somalia, 2016-2022, CC BY", "NOAA, public domain"),
    )


@pytest.fixture(scope="session")
def inputs():
    return invented_inputs()


EMPTY = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def without_drawing(drawings, names, inside, *, png):
    return dict.fromkeys(names, (EMPTY, EMPTY, b""))


@pytest.fixture
def undrawn(monkeypatch):
    """Reports with an empty picture for each, for tests that ask for words and tables only."""
    monkeypatch.setattr(pictures, "_images", without_drawing)


def without_tracing(function):
    """The function, for code of others in which coverage finds nothing and takes long."""

    @functools.wraps(function)
    def called(*arguments, **options):
        tracing = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*arguments, **options)
        finally:
            sys.settrace(tracing)

    return called


@pytest.fixture(scope="session", autouse=True)
def canvases_untraced():
    with pytest.MonkeyPatch.context() as patch:
        for canvas, name in ((FigureCanvasSVG, "print_svg"), (FigureCanvasAgg, "print_png")):
            patch.setattr(canvas, name, without_tracing(getattr(canvas, name)))
        yield
