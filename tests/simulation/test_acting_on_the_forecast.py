"""Triggers that act on the forecast, before anything is seen in the run."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from small_networks import (
    inflow,
    population,
    trigger,
)
from trigger_plans import events, forecast_trigger, plan

from simulation.decisions import decision_times
from simulation.engine import simulate
from simulation.experiments import Futures, replicate, replicate_once
from simulation.parts import ForecastCondition


def futures(samples):
    return xr.DataArray(
        np.asarray(samples, dtype=float)[:, :, None, None],
        dims=("sample", "time", "location", "cause"),
        coords={
            "time": pd.date_range("2022-07-01", periods=np.shape(samples)[1], freq="MS"),
            "location": ["here"],
            "cause": ["flood"],
        },
        attrs={"period": "month"},
    )


def decided(samples, sample=0, **changed):
    acting = plan(forecast_trigger(**changed), hours=24.0 * 92)
    known = Futures.of(futures(samples), acting)
    return known.decisions(acting, sample)


def test_a_plan_acts_when_enough_samples_say_so():
    samples = [[0, 200, 0], [0, 200, 200], [0, 0, 200], [0, 0, 200]]
    assert decided(samples) == ((31 * 24.0, 62 * 24.0),)
    assert decided(samples, chance=0.75) == ((62 * 24.0,),)
    assert decided(samples, chance=0.76) == ((),)
    assert decided(samples, above=200.0) == ((),)


def test_notice_moves_the_decision_ahead_but_not_before_the_run():
    samples = [[200, 0, 200]] * 4
    assert decided(samples, notice=24.0 * 10) == ((0.0, 52 * 24.0),)


def test_updated_forecast_listens_to_what_was_seen_and_never_to_its_own_future():
    generator = np.random.default_rng(1)
    wet = generator.random(400) < 0.3
    first = np.where(wet, 1000.0, 10.0) * generator.lognormal(0, 0.1, 400)
    second = np.where(wet, 5000.0, 10.0)
    samples = np.stack([first, second, second], axis=1)
    change = {"above": 2000.0, "chance": 0.6, "updated": True}
    ends = [31 * 24.0, 62 * 24.0]
    wet_one, dry_one = int(np.argmax(wet)), int(np.argmin(wet))
    assert decided(samples, wet_one, **change) == (tuple(ends),)
    assert decided(samples, dry_one, **change) == ((),)
    # A change of its own future does not change what is decided before it.
    samples[wet_one, 1:] = 0.0
    assert decided(samples, wet_one, **change)[0][0] == ends[0]
    # With notice the first month is not over yet, so nothing has been seen.
    assert decided(samples, wet_one, **change, notice=24.0) == ((ends[1] - 24.0,),)
    assert decided(samples, wet_one, above=2000.0, chance=0.6) == ((),)


def test_one_sample_alone_is_its_own_forecast():
    assert decided([[0, 200, 0]], updated=True) == ((31 * 24.0,),)


def test_decisions_reach_the_run_and_do_not_depend_on_workers():
    samples = np.array([[50, 300, 50], [50, 60, 300], [300, 50, 50]])
    acting = plan(forecast_trigger(chance=0.3), hours=24.0 * 92)
    known = Futures.of(futures(samples), acting)
    records, _ = replicate_once(acting, known, seed=1, replication=0)
    assert [event for event in events(records) if event[0] == "fired"] == [
        ("fired", 0.0),
        ("fired", 31 * 24.0),
        ("fired", 62 * 24.0),
    ]
    one = replicate(acting, known, replications=3, seed=1, workers=1)
    two = replicate(acting, known, replications=3, seed=1, workers=2)
    assert one.identical(two)
    assert one["trigger_firings"].values.tolist() == [[3.0]] * 3


def test_decisions_during_a_change_start_no_other():
    always = trigger(
        condition=ForecastCondition(("people",), 0.0, 0.1, 0.0, False), lasts=24.0 * 40
    )
    acting = plan(always, hours=24.0 * 92)
    records = simulate(acting, population([0.0]), decisions=((0.0, 31 * 24.0, 62 * 24.0),))
    assert events(records) == [
        ("fired", 0.0),
        ("came", 2.0),
        ("ended", 962.0),
        ("fired", 1488.0),
        ("came", 1490.0),
    ]


def test_causes_shared_by_inflows_count_once():
    inflows = (inflow(), inflow("others"))
    acting = plan(forecast_trigger(inflows=("people", "others")), inflows=inflows, hours=24.0 * 30)
    known = Futures.of(futures([[100.0], [100.0]]), acting)
    shares = decision_times(
        acting, known.displaced, known.locations, known.causes, known.calendar, 0
    )
    assert shares == ((),)


def test_a_run_without_its_decisions_is_refused():
    with pytest.raises(ValueError, match="more acts on the forecast, so decisions needs one entry"):
        simulate(plan(forecast_trigger()), population([0.0]))
