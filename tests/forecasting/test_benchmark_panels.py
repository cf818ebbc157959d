"""The benchmark script: months that judge are not those that tune; what is absent is said."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecasting as fc
from benchmarks.panels import EMBEDDED, FROM_FOLDER, flows_from, read_panels
from benchmarks.peers import Peer, missing_peers

FOLDER = Path(__file__).parents[2] / "benchmarks" / "results"
RESULTS = (FOLDER / "forecasting.json", FOLDER / "forecasting-districts.json")


@pytest.mark.parametrize("name", EMBEDDED)
def test_tuning_ends_before_judging_begins(name):
    (panel,), left_out = read_panels(None, [name])
    assert not left_out
    tune, judge = panel.cutoffs("tune"), panel.cutoffs("judge")
    assert tune
    assert judge
    times = pd.DatetimeIndex(panel.flows["time"].values)
    reached = times[times.get_loc(max(tune)) + panel.horizon - 1]
    assert reached < min(judge)
    assert times.get_loc(max(judge)) + panel.horizon <= len(times)


def test_what_is_absent_is_left_out_with_the_reason(tmp_path):
    names = list(FROM_FOLDER)
    assert read_panels(None, names)[1].keys() == set(names)
    panels, left_out = read_panels(tmp_path, names)
    assert panels == []
    assert all("is not there" in reason for reason in left_out.values())
    with pytest.raises(SystemExit, match="no panel is called atlantis"):
        read_panels(None, ["atlantis"])


def test_places_are_chosen_without_the_months_that_judge():
    times = pd.date_range("2018-01-01", periods=60, freq="MS")
    table = pd.DataFrame({"A": np.ones(60), "B": np.zeros(60)}, index=times)
    table.loc[times[-24:], "B"] = 5.0
    assert flows_from(table, "test", "none")["location"].values.tolist() == ["A"]


def test_a_peer_keeps_the_protocol():
    assert isinstance(Peer("AutoETS"), fc.Model)
    assert missing_peers() is None or "not installed" in missing_peers()


def test_the_stored_results_name_every_panel_and_benchmark():
    stored = [json.loads(file.read_text(encoding="utf-8")) for file in RESULTS]
    rows = pd.concat(pd.DataFrame(one["panels"]) for one in stored)
    left_out = [name for one in stored for name in one["left_out"] if name in FROM_FOLDER]
    assert rows["panel"].nunique() + len(left_out) == len(EMBEDDED) + len(FROM_FOLDER)
    assert {one["ours"] for one in stored} == {"adaptive pool"}
    ours = rows[rows["model"] == "adaptive pool"]
    assert (ours["ours_over_it"] == 1.0).all()
    assert rows.groupby("panel")["model"].nunique().min() >= 8


def test_a_carried_ratio_is_what_a_run_would_have_given():
    from benchmarks.forecasting import carried, overall_with

    rng = np.random.default_rng(1)
    peer, yardstick, was, now = np.exp(rng.normal(size=(4, 12)))

    def rows(own, models):
        ratios = {"AutoX": own / peer, "recent climatology": own / yardstick}
        means = [np.exp(np.log(ratios[name]).mean()) for name in models]
        table = pd.DataFrame({"panel": "P", "kind": "bursty", "model": models})
        table["ours_over_it"] = means
        spread = {"low": 0.9 * np.array(means), "high": 1.1 * np.array(means)}
        return table.assign(**spread, series=12, cutoffs=7, p_value_log=0.01)

    both = ["AutoX", "recent climatology"]
    old = rows(was, both)
    before = {"panels": old.to_dict("records")}
    before["overall"] = old.drop(columns=["panel", "p_value_log"]).to_dict("records")
    made = rows(now, both[1:])
    more = carried(before, made)
    expected = rows(now, both).loc[0]
    assert more["model"].tolist() == ["AutoX"]
    np.testing.assert_allclose(
        more.loc[0, ["ours_over_it", "low"]].astype(float),
        expected[["ours_over_it", "low"]].astype(float),
    )
    assert more["p_value_log"].isna().all()
    whole = overall_with(made, before, pd.concat([made, more]), {"AutoX"}).set_index("model")
    assert whole.loc["AutoX", "ours_over_it"] == pytest.approx(expected["ours_over_it"])
    assert whole.loc["AutoX", "low"] == pytest.approx(expected["low"])
    assert carried(before, rows(now, both)).empty
    assert carried(before, made.assign(series=11)).empty


def test_issued_forecasts_are_scored_beside_ours_without_the_future():
    from benchmarks.issued_forecasts import errors_of

    months = pd.date_range("2015-01-01", periods=40, freq="MS")
    rng = np.random.default_rng(3)
    arrivals = pd.DataFrame(rng.poisson(50, (40, 2)).astype(float), months, ["Awdal", "Bari"])
    issued = pd.DataFrame(
        {
            "month": [months[30], months[31]],
            "series": ["Awdal", "Bari"],
            "alg1": [60.0, 60.0],
            "alg2": [50.0, 50.0],
            "alg3": [0.0, 0.0],
            "actual_arrivals": [50.0, 55.0],
        }
    )
    errors = errors_of(issued, arrivals)
    assert errors["Jetson alg1"].tolist() == [10.0, 5.0]
    assert (errors["adaptive pool"] < 20).all()
    later = arrivals.copy()
    later.loc[months[31] :] = 9000.0
    pd.testing.assert_frame_equal(errors, errors_of(issued, later))
