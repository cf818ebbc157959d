"""Scores of past forecasts are kept while nothing that they depend on changes."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from scenarios import kept_scores as kept


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    return tmp_path / "scores"


def table(values=(1.0, 2.0), **attrs):
    times = pd.date_range("2020-01-01", periods=len(values), freq="MS")
    return xr.DataArray(list(values), coords={"time": times}, dims="time", attrs=attrs)


def scores():
    return xr.Dataset(
        {"crps": ("model", [1.0, np.nan]), "covered_90": ("model", [0, 1])},
        coords={"model": ["añejo", "b"], "cutoff": pd.Timestamp("2020-01-01")},
        attrs={"samples": 3, "focus": "SO20, SO21"},
    )


class Maker:
    """Counts how often scores are made."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return scores()


def test_scores_come_back_as_they_were(cache):
    make = Maker()
    first, was_kept = kept.kept_scores(make, {"flows": table()}, horizon=2)
    again, is_kept = kept.kept_scores(make, {"flows": table()}, horizon=2)
    assert (was_kept, is_kept, make.made) == (False, True, 1)
    xr.testing.assert_identical(again, first)


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (table((1.0, 3.0)), {"horizon": 2}),
        (table(units="persons"), {"horizon": 2}),
        (table(lag=1).to_dataset(name="oni"), {"horizon": 2}),
        (table(), {"horizon": 3}),
    ],
)
def test_other_data_and_other_settings_are_scored_again(cache, data, settings):
    make = Maker()
    kept.kept_scores(make, {"flows": table()}, horizon=2)
    kept.kept_scores(make, {"flows": table().to_dataset(name="oni")}, horizon=2)
    assert kept.kept_scores(make, {"flows": data}, **settings)[1] is False
    assert make.made == 3


def test_another_version_of_the_models_scores_again(cache, monkeypatch):
    make = Maker()
    kept.kept_scores(make, {}, horizon=2)
    monkeypatch.setattr(kept, "_sources", lambda: "changed")
    assert kept.kept_scores(make, {}, horizon=2)[1] is False


@pytest.mark.parametrize("content", [b"", b"no table", "cut"])
def test_a_broken_file_is_made_again(cache, content):
    make = Maker()
    kept.kept_scores(make, {}, horizon=2)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:2000] if content == "cut" else content)
    again, is_kept = kept.kept_scores(make, {}, horizon=2)
    assert not is_kept
    xr.testing.assert_identical(again, scores())
    assert kept.kept_scores(make, {}, horizon=2)[1] is True


def test_a_file_of_another_name_is_not_believed(cache):
    make = Maker()
    kept.kept_scores(make, {}, horizon=2)
    (file,) = cache.iterdir()
    kept.kept_scores(make, {}, horizon=3)
    (other,) = set(cache.iterdir()) - {file}
    other.write_bytes(file.read_bytes())
    assert kept.kept_scores(make, {}, horizon=3)[1] is False


@pytest.mark.parametrize("word", ["off", "OFF", ""])
def test_nothing_is_kept_when_switched_off(monkeypatch, word):
    monkeypatch.setenv(kept.VARIABLE, word)
    make = Maker()
    assert kept.folder() is None
    assert [kept.kept_scores(make, {}, horizon=2)[1] for _ in range(2)] == [False, False]


def test_the_folder_of_the_user_is_taken_by_default(monkeypatch):
    monkeypatch.delenv(kept.VARIABLE)
    assert "safepassage" in kept.folder().parts


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "file"))
    xr.testing.assert_identical(kept.kept_scores(scores, {}, horizon=2)[0], scores())


def test_a_full_disk_costs_time_only(cache, monkeypatch):
    def full(*_given):
        msg = "unable to extend file properly"
        raise RuntimeError(msg)

    monkeypatch.setattr(kept, "write_atomically", full)
    xr.testing.assert_identical(kept.kept_scores(scores, {}, horizon=2)[0], scores())


def test_the_oldest_files_go_first(cache, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    make = Maker()
    for horizon in (1, 2, 3):
        kept.kept_scores(make, {}, horizon=horizon)
    assert len(list(cache.iterdir())) == 2
    assert kept.kept_scores(make, {}, horizon=1)[1] is False
