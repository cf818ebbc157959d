"""The benchmark script: months that judge are not those that tune; what is absent is said."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecasting as fc
from benchmarks.panels import EMBEDDED, FROM_FOLDER, flows_from, read_panels
from benchmarks.peers import Peer, missing_peers

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "forecasting.json"


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


def test_the_stored_result_names_every_panel_and_benchmark():
    stored = json.loads(RESULT.read_text(encoding="utf-8"))
    rows = pd.DataFrame(stored["panels"])
    assert rows["panel"].nunique() + len(
        [name for name in stored["left_out"] if name in FROM_FOLDER]
    ) == len(EMBEDDED) + len(FROM_FOLDER)
    ours = rows[rows["model"] == stored["ours"]]
    assert (ours["ours_over_it"] == 1.0).all()
    assert rows.groupby("panel")["model"].nunique().min() >= 8
