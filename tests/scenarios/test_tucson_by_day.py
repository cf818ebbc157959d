"""The welcome center in Tucson against its real arrivals by day and its published stays.

The counts have no license, so they are read from the folder of public files and not shipped.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.files import load_scenario
from scenarios.forecasts import make_outlook
from scenarios.observed import fit_of, observed_points
from scenarios.runner import simulate_plan

SHARED = Path(os.environ.get("SAFEPASSAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
FOLDER = SHARED / "reception-capacity"
FIRST, LAST = "2021-02-01", "2021-12-31"
LONGEST = 23
"""Nights; longer stays in the file are errors of entry, and the plan has none."""

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the public files of the center in Tucson are not here"
)


@pytest.fixture(scope="module")
def arrivals():
    file = FOLDER / "casa_alitas_daily_arrivals_2021-01_2022-01.csv"
    counts = pd.read_csv(file, parse_dates=["arrival_date"], index_col="arrival_date")
    days = pd.date_range(FIRST, LAST)
    return counts["persons_arrived"].reindex(days, fill_value=0)


@pytest.fixture(scope="module")
def stays():
    """Share of people who stay each number of nights."""
    stays = pd.read_csv(FOLDER / "casa_alitas_stay_length_by_party_size.csv")
    stays = stays[stays["stay_nights"].between(0, LONGEST)]
    nights = stays.groupby("stay_nights")["persons"].sum().reindex(range(LONGEST + 1), fill_value=0)
    return (nights / nights.sum()).to_numpy()


def test_days_within_a_month_vary_as_the_real_ones_do(arrivals):
    plan = load_scenario("tucson-center")
    measures = simulate_plan(
        *(plan, make_outlook(plan).forecast), replications=40, seed=1, workers=1, engine="compiled"
    )
    by_day = measures["requests"].sel(facility="intake").values
    months = arrivals.index.month.to_numpy()

    def spread(days):
        """Variance of days around the mean of their month, beyond chance, over the squared mean."""
        means = np.array([days[months == month].mean() for month in months])
        return float(np.mean((days - means) ** 2 - means) / np.mean(means**2))

    real = spread(arrivals.to_numpy(float))
    simulated = np.array([spread(days[: len(months)]) for days in by_day])
    assert np.quantile(simulated, 0.05) < real < np.quantile(simulated, 0.95)
    highest = float(arrivals.max() / arrivals.mean())
    ratios = by_day.max(axis=1) / by_day.mean(axis=1)
    assert np.quantile(ratios, 0.05) < highest < np.quantile(ratios, 0.95)


def test_real_days_and_published_stays_give_the_people_who_must_have_been_there(
    arrivals, stays, tmp_path
):
    """No number present was published; it is arrivals by day, each with the stays of the file."""
    remaining = 1.0 - np.cumsum(stays)
    present = np.convolve(arrivals.to_numpy(float), remaining)[: len(arrivals)]
    table = pd.DataFrame({"date": arrivals.index.strftime("%Y-%m-%d")})
    table.assign(location="tucson", persons=arrivals.to_numpy()).to_csv(
        tmp_path / "arrivals.csv", index=False
    )
    table.assign(persons=present.round()).to_csv(tmp_path / "present.csv", index=False)
    plan = tmp_path / "by-day.yaml"
    plan.write_text(
        f"""
schema: 1
name: tucson-by-day
title: Real days
question: How many were there?
based_on: tucson-center
changes:
  - set: forecast
    to:
      model: replay
      reference_date: {FIRST}
      horizon: {len(arrivals)} days
      samples: 20
      data: arrivals.csv
    because: Arrivals by day as they were counted.
  - set: inflows.released-to-the-center.dispersion
    to: {{value: 0, assumption: The days are given.}}
    because: The days are given.
  - set: sites.center.places
    to: {{value: 2000 persons, assumption: Everybody finds a bed.}}
    because: Nobody was sent away.
  - set: observed
    to:
      - name: People at the center
        what: present at the end of the day
        of: [center]
        data: present.csv
        source: Arrivals by day and stays of Casa Alitas, 2021.
        confidence: C; worked out, not counted.
    because: What must have been there.
""",
        encoding="utf-8",
    )
    scenario = load_scenario(plan)
    measures = simulate_plan(
        *(scenario, make_outlook(scenario).forecast),
        replications=20,
        seed=1,
        workers=1,
        engine="compiled",
    )
    fit = fit_of(observed_points(scenario, measures)).iloc[0]
    assert fit["points"] == len(arrivals)
    assert abs(fit["bias_share"]) < 0.03
    assert fit["mae_share"] < 0.05
