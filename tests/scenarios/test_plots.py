"""Figures: what they show, that they say their units, and that equal data give equal bytes."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import forecasting
from scenarios import plots
from scenarios.labels import OUTCOMES
from scenarios.plots.style import NARROW, RC, WIDE, figure_of


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_fan_names_its_intervals_and_its_unit(inputs):
    ax = plots.plot_forecast_fan(inputs.forecast, inputs.observed)
    assert ax.get_ylabel() == "persons per month"
    assert {"observed", "forecast", "median", "5 %", "95 %"} <= set(texts(ax))


def test_projection_is_labeled_projection(inputs):
    projection = inputs.forecast.assign_attrs(kind="projection")
    assert "projection" in texts(plots.plot_forecast_fan(projection, inputs.observed))


def test_labels_at_the_end_of_the_fan_do_not_touch(inputs):
    flat = inputs.forecast.copy(data=np.full(inputs.forecast.shape, 50.0))
    ax = plots.plot_forecast_fan(flat, inputs.observed)
    heights = sorted(t.xy[1] for t in ax.texts if t.get_text() in {"5 %", "25 %", "75 %", "95 %"})
    assert np.diff(heights).min() > 0.05
    assert heights[0] >= 0
    assert heights[-1] <= 1


@pytest.mark.parametrize(
    ("past", "expected"), [(10.0, "symlog"), (5000.0, "linear")], ids=["bursty", "steady"]
)
def test_axis_is_logarithmic_only_for_bursty_counts(inputs, past, expected):
    observed = inputs.observed.copy(data=np.full(inputs.observed.shape, past))
    forecast = inputs.forecast.copy(data=np.full(inputs.forecast.shape, 6000.0))
    assert plots.plot_forecast_fan(forecast, observed).get_yscale() == expected


def test_scale_can_be_chosen(inputs):
    ax = plots.plot_forecast_fan(inputs.forecast, inputs.observed, scale="linear")
    assert ax.get_yscale() == "linear"


def test_all_zero_forecast_is_drawn(inputs):
    nothing = inputs.forecast * 0
    nothing.attrs = inputs.forecast.attrs
    ax = plots.plot_forecast_fan(nothing, inputs.observed * 0)
    assert ax.get_ylim()[1] > 0
    assert plots.image_bytes(figure_of(ax), "svg")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_image_is_what_matplotlib_saves_and_leaves_the_figure_alone(inputs, kind):
    def drawn():
        return figure_of(plots.plot_forecast_intervals(inputs.forecast, inputs.observed))

    stream, figure = io.BytesIO(), drawn()
    said = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}[kind]
    with mpl.rc_context(RC):
        drawn().savefig(stream, format=kind, metadata=said)
    canvas, dots = figure.canvas, figure.dpi
    assert plots.image_bytes(figure, kind) == stream.getvalue()
    assert (figure.canvas, figure.dpi) == (canvas, dots)
    assert plots.image_bytes(figure, kind) == stream.getvalue()


def test_intervals_show_benchmark_and_past(inputs):
    ax = plots.plot_forecast_intervals(inputs.forecast, inputs.observed, benchmark=inputs.benchmark)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["forecast", "benchmark", "same month, past years"]


def test_capacity_is_always_drawn_and_named(inputs):
    for facility in inputs.measures["facility"].values:
        ax = plots.plot_occupancy(inputs.measures, facility)
        capacity = inputs.measures["capacity"].sel(facility=facility).values
        lines = [line for line in ax.lines if np.array_equal(line.get_ydata(), capacity)]
        assert len(lines) == 1
        assert any(str(int(capacity[0]))[-1] in text for text in texts(ax))
        assert ax.get_ylim()[1] > capacity.max()


def test_occupancy_of_a_site_counts_persons_and_places(inputs):
    ax = plots.plot_occupancy(inputs.measures, "jowhar")
    assert ax.get_ylabel() == "persons"
    assert any(text.endswith("places") for text in texts(ax))


def test_grid_has_a_panel_for_each_facility(inputs):
    for width in (WIDE, NARROW):
        panels = plots.plot_occupancy_grid(inputs.measures, width=width)
        assert len(panels) == inputs.measures.sizes["facility"]


def test_exceedance_writes_the_highest_chance_of_each_facility(inputs):
    from simulation.measures import exceeds

    ax = plots.plot_exceedance(inputs.measures)
    highest = exceeds(inputs.measures).mean("replication").max("day").values
    shown = [int(text.split("\N{NARROW NO-BREAK SPACE}")[0]) for text in texts(ax)[: len(highest)]]
    assert shown == [round(100 * value) for value in highest]


def test_comparison_draws_undistinguishable_differences_hollow(inputs):
    table = inputs.comparison
    panels = plots.plot_comparison(table)
    assert len(panels) == table["measure"].nunique()
    for ax, (_, rows) in zip(panels, table.groupby("measure", sort=False), strict=True):
        clear = [(row["low"] > 0) or (row["high"] < 0) for _, row in rows.iterrows()]
        marks = [line for line in ax.lines if line.get_marker() not in {"None", None, ""}]
        assert [line.get_markerfacecolor() != "white" for line in marks] == clear


def test_outcomes_add_up_to_everyone(inputs):
    ax = plots.plot_outcomes({"plan": inputs.measures})
    total = inputs.measures["persons_by_outcome"].sum("group_outcome").mean("replication").item()
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(total)
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert not any("died" in name or "missing" in name for name in named)


def test_the_dead_and_missing_have_their_place_in_the_picture(inputs):
    measures = inputs.measures.copy(deep=True)
    measures["persons_by_outcome"] += 7.0
    ax = plots.plot_outcomes({"plan": measures})
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(
        measures["persons_by_outcome"].sum("group_outcome").mean("replication").item()
    )
    named = {text.get_text() for text in ax.get_legend().get_texts()}
    assert named == set(OUTCOMES.values())


def test_skill_shows_zero_and_every_benchmark(inputs):
    ax = plots.plot_skill(inputs.skill)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == [
        "Driver regression against seasonal climatology",
        "Driver regression against recent climatology",
    ]
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


def test_skill_against_one_benchmark_names_it_at_the_axis(inputs):
    one = inputs.skill[inputs.skill["benchmark"] == "seasonal-climatology"]
    ax = plots.plot_skill(one)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Driver regression"]
    assert "seasonal climatology" in ax.get_ylabel()


def test_drivers_are_named_at_their_lines(inputs):
    ax = plots.plot_drivers(inputs.drivers, reference_date=inputs.reference_date)
    assert texts(ax) == ["ONI", "DMI"]
    assert "°C" in ax.get_ylabel()


def test_settings_of_others_are_left_alone(inputs):
    before = dict(mpl.rcParams)
    plots.plot_forecast_fan(inputs.forecast, inputs.observed)
    assert dict(mpl.rcParams) == before


def test_axes_given_are_used_and_returned(inputs):
    ax = Figure().subplots()
    assert plots.plot_occupancy(inputs.measures, "jowhar", ax=ax) is ax


def test_data_are_not_changed(inputs):
    before = inputs.measures.copy(deep=True)
    plots.plot_occupancy_grid(inputs.measures)
    plots.plot_exceedance(inputs.measures)
    assert inputs.measures.identical(before)


def test_equal_data_give_equal_files(inputs, tmp_path):
    def draw(name):
        ax = plots.plot_exceedance(inputs.measures)
        return [file.read_bytes() for file in plots.save_figure(figure_of(ax), tmp_path / name)]

    first, second = draw("a"), draw("b")
    assert first == second
    assert first[0].startswith(b"\x89PNG")
    assert b"<svg" in first[1]


def test_completeness_tells_missing_zero_some_and_many_apart():
    flows = forecasting.load_somalia_displacement().isel(location=[0, 1])
    changed = flows.copy()
    changed.values[:3] = np.nan
    ax = plots.plot_completeness(changed)
    drawn = np.asarray(ax.collections[0].get_array())
    assert (drawn[:, :3] == 0).all()
    assert set(np.unique(drawn)) == {0, 1, 2, 3}
    assert len(ax.get_yticklabels()) == 8
    assert {t.get_text() for t in ax.get_legend().get_texts()} >= {"missing", "zero"}


def test_completeness_says_when_it_shows_only_some_series():
    ax = plots.plot_completeness(forecasting.load_somalia_displacement())
    assert ax.get_xlabel() == "30 of 72 series, those with most persons"


def test_every_figure_is_in_the_gallery():
    page = Path("docs/gallery.md").read_text(encoding="utf-8")
    drawn = {name for name in plots.__all__ if name.startswith("plot_")}
    assert {name for name in drawn if f"plots.{name}(" not in page} == set()


def test_measures_that_no_plan_changes_have_no_panel(inputs):
    table = inputs.comparison.copy()
    first = table["measure"].iloc[0]
    table.loc[table["measure"] == first, ["difference", "low", "high"]] = 0.0
    assert len(plots.plot_comparison(table)) == table["measure"].nunique() - 1
    table[["difference", "low", "high"]] = 0.0
    (only,) = plots.plot_comparison(table)
    assert f"any of the {table['measure'].nunique()} measures" in only.texts[0].get_text().replace(
        "\n", " "
    )


def test_the_axis_of_a_tiny_difference_has_numbers_of_its_own(inputs):
    table = inputs.comparison.copy()
    table[["difference", "low", "high"]] = [0.0004, -0.0002, 0.001]
    for ax in plots.plot_comparison(table):
        ax.figure.canvas.draw()
        shown = [label.get_text() for label in ax.get_xticklabels()]
        assert len(set(shown)) == len(shown) >= 3
