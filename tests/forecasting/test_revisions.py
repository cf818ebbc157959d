"""Vintages, how figures grow, nowcasts that cover the final figures, models fitted on them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from tests.forecasting.synthetic import bursty, flows_of

SHARES = np.array([0.7, 0.8, 0.85])
"""Share of the final figure one, two and three months later."""


def releases_of(final, first=24, seed=0, zeros=0.2, start="2010-01-01"):
    """Monthly releases of final figures: the newest too low, a part of them zero at first."""
    rng = np.random.default_rng(seed)
    final = np.asarray(final, dtype=float)
    share = np.clip(SHARES + 0.05 * rng.normal(size=(*final.shape, 3)), 0.0, 1.0)
    absent = rng.random(final.shape) < zeros
    made = {}
    for end in range(first, len(final) + 1):
        part = final[:end].copy()
        for age in range(1, 4):
            part[-age] = np.rint(part[-age] * share[end - age, ..., age - 1])
        part[-1][absent[end - 1]] = 0.0
        flows = flows_of(part, start=start)
        day = pd.Timestamp(flows["time"].to_numpy()[-1]) + pd.DateOffset(months=1, days=9)
        made[day] = flows
    return made


def test_shares_and_zeros_are_found_with_their_intervals():
    final = bursty(90, 8, seed=1, share=0.8)
    table = fc.RevisionModel(settled_after=4).fit(fc.stack_releases(releases_of(final))).table()
    assert table.index.tolist() == [1, 2, 3]
    truth = [0.8 * SHARES[0], SHARES[1], SHARES[2]]
    assert ((table["low"] < truth) & (truth < table["high"])).all()
    assert table["share_of_final"].is_monotonic_increasing
    # of the zeros of the first release: 0.2 x 0.8 of all places have some, 0.2 have none
    awake = table.loc[1]
    assert awake["zero_low"] < 0.16 / 0.36 < awake["zero_high"]
    assert table.loc[3, "zero_becomes_nonzero"] < 0.05
    assert (table["figures"] > 400).all()


def test_held_out_final_figures_are_covered_and_better_than_the_first_ones():
    inside, nearer, summed = [], [], []
    for seed in range(4):
        final = bursty(80, 10, seed=seed, share=0.9)
        releases = releases_of(final, seed=seed)
        days = sorted(releases)
        for cut in range(44, 56, 3):  # only releases up to then are known
            known = fc.stack_releases({day: releases[day] for day in days[:cut]})
            nowcast = fc.RevisionModel(4).fit(known).nowcast(samples=400, seed=1)
            fc.check_forecast(nowcast)
            end = len(releases[days[cut - 1]])
            truth = final[end - 3 : end]
            drawn = nowcast.to_numpy()
            for samples, seen, kept in (
                (drawn, truth, inside),
                (drawn.sum(axis=2), truth.sum(axis=1), summed),
            ):
                low, high = np.quantile(samples, [0.05, 0.95], axis=0)
                kept.append(((seen >= low) & (seen <= high)).mean())
            first = releases[days[cut - 1]].to_numpy()[-3:]
            ours = fc.crps(observed=truth, samples=drawn).mean()
            nearer.append(ours / np.abs(first - truth).mean())
    # 16 cutoffs x 30 figures, overlapping: standard error about 0.02; sums 0.05
    assert 0.84 < np.mean(inside) < 0.97
    assert 0.72 < np.mean(summed) <= 1.0
    assert np.mean(nearer) < 0.8


def test_the_nowcast_keeps_the_contract_and_its_seed():
    final = bursty(60, 4, seed=3, share=0.9)
    fitted = fc.RevisionModel(4).fit(fc.stack_releases(releases_of(final)))
    nowcast = fitted.nowcast(samples=50, seed=2)
    assert nowcast.dims == ("sample", "time", "location")
    assert nowcast.sizes["time"] == 3
    assert str(nowcast["reference_date"].to_numpy())[:7] == "2014-10"
    np.testing.assert_array_equal(nowcast, np.rint(nowcast))
    assert nowcast.identical(fitted.nowcast(samples=50, seed=2))
    assert not nowcast.identical(fitted.nowcast(samples=50, seed=3))
    given_flows = fitted.latest
    assert nowcast.identical(fitted.nowcast(given_flows, samples=50, seed=2))
    late = given_flows.copy(deep=True)
    late[-1, 0] = np.nan  # a place that has not reported yet
    filled = fitted.nowcast(late, samples=200, seed=2)[:, -1, 0]
    assert float(filled.std()) > 0
    with pytest.raises(fc.FlowError, match="'location' differs"):
        fitted.nowcast(given_flows.isel(location=slice(0, 2)))
    with pytest.raises(fc.FlowError, match="samples is 0"):
        fitted.nowcast(samples=0)


@settings(max_examples=10, deadline=None)
@given(
    share=st.floats(0, 1), holes=st.sampled_from([0.0, 0.3, 0.6, 1.0]), seed=st.integers(0, 1000)
)
def test_always_whole_bounded_people(share, holes, seed):
    final = bursty(50, 3, seed=seed, share=share)
    releases = releases_of(final, seed=seed)
    rng = np.random.default_rng(seed)
    gaps = rng.random(final.shape) < holes
    gaps[-1] = False
    for flows in releases.values():
        flows.data[gaps[: len(flows)]] = np.nan
    vintages = fc.stack_releases(releases)
    known = np.isfinite(final) & ~gaps
    if known[24:-4].sum() < 12:
        with pytest.raises(fc.FlowError, match="too few figures"):
            fc.RevisionModel(4).fit(vintages)
        return
    fitted = fc.RevisionModel(4).fit(vintages)
    samples = fitted.nowcast(samples=30, seed=seed).to_numpy()
    np.testing.assert_array_equal(samples, np.rint(samples))
    assert samples.min() >= 0
    assert samples.max() <= 3 * np.nanmax(final) + 1


def test_places_revised_together_stay_together():
    rng = np.random.default_rng(5)
    final = np.rint(np.exp(rng.normal(6, 0.3, (90, 4))))
    made = {}
    for end in range(24, 91):
        flows = flows_of(final[:end])
        low = np.random.default_rng(end).uniform(0.3, 1.0)  # the same for all places
        flows[-1] = np.rint(flows[-1] * low)
        day = pd.Timestamp(flows["time"].to_numpy()[-1]) + pd.DateOffset(months=1, days=9)
        made[day] = flows
    nowcast = fc.RevisionModel(2).fit(fc.stack_releases(made)).nowcast(samples=300, seed=1)
    assert np.corrcoef(np.log1p(nowcast.to_numpy()[:, 0]).T)[0, 3] > 0.7


def test_a_model_on_a_nowcast_is_not_fooled_by_a_late_report():
    rng = np.random.default_rng(6)
    final = np.rint(np.exp(rng.normal(6, 0.2, (80, 4))))
    vintages = fc.stack_releases(releases_of(final, zeros=0.0))
    revisions = fc.RevisionModel(4).fit(vintages)
    plain = fc.StateSpace("local level")
    told = fc.Nowcasting(plain, revisions, fits=6)
    latest = revisions.latest
    given_flows = latest.copy(deep=True)
    forecast = told.fit(latest).forecast(3, samples=60, seed=1)
    assert latest.identical(given_flows)
    fc.check_forecast(forecast)
    assert forecast.attrs["model"] == "local level on a nowcast"
    assert forecast.identical(told.fit(latest).forecast(3, samples=60, seed=1))
    low = plain.fit(latest).forecast(3, samples=60, seed=1)
    truth = final.mean()
    assert abs(float(forecast.mean()) - truth) < abs(float(low.mean()) - truth)
    pool = fc.WeightedPool((told, fc.RecentClimatology()), shares=(1, 1))
    assert pool.fit(latest).forecast(2, samples=10).sizes["sample"] == 10
    assert told.fit(latest).forecast(2, samples=3).sizes["sample"] == 3
    with pytest.raises(fc.FlowError, match="fits is 0"):
        fc.Nowcasting(plain, revisions, fits=0).fit(latest)


def test_refusals_say_what_to_do():
    final = bursty(40, 3, seed=1, share=0.9)
    vintages = fc.stack_releases(releases_of(final))
    with pytest.raises(fc.FlowError, match="there is no release"):
        fc.stack_releases({})
    with pytest.raises(fc.FlowError, match="vintages have dims"):
        fc.check_vintages(vintages.isel(release=0))
    with pytest.raises(fc.FlowError, match="not in order of time"):
        fc.check_vintages(vintages.isel(release=[1, 0]))
    with pytest.raises(fc.FlowError, match="must hold days"):
        fc.check_vintages(vintages.assign_coords(release=np.arange(vintages.sizes["release"])))
    early = vintages.assign_coords(release=vintages["release"] - np.timedelta64(90, "D"))
    with pytest.raises(fc.FlowError, match="had not begun"):
        fc.check_vintages(early)
    with pytest.raises(fc.FlowError, match="settled_after is 0"):
        fc.RevisionModel(0).fit(vintages)
    with pytest.raises(fc.FlowError, match="nothing to revise"):
        fc.RevisionModel(1).fit(vintages)
    with pytest.raises(fc.FlowError, match=r"too few figures whose final value is known .age"):
        fc.RevisionModel(15).fit(vintages)
    with pytest.raises(fc.FlowError, match="no figure at all"):
        fc.RevisionModel(3).fit(vintages * np.nan)
