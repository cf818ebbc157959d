"""Months, quarters and years agree in every sample, in time and in space."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.flows import FlowError
from forecasting.hierarchy import METHODS, period_tree, reconcile_periods, spans_of
from tests.forecasting.packages import invented_forecast, invented_tree

WITHOUT_PAST = [name for name in METHODS if name != "top_down_history"]


def stretched(months=12, seed=1, tree=None, **options):
    """Separate forecasts of the year, of quarters and of months that do not agree."""
    single = invented_forecast(tree, months=months, seed=seed, **options)
    other = invented_forecast(tree, months=months, seed=seed + 7, **options)
    return [spans_of(other, months) * 1.3, spans_of(other, 3), single]


class TestTree:
    def test_of_a_year(self):
        tree = period_tree(pd.date_range("2026-01-01", periods=12, freq="MS"), [3])
        assert tree.levels == (0, 1, 2)
        assert tree.children("2026-01-01+12") == tuple(
            f"2026-{month:02d}-01+3" for month in (1, 4, 7, 10)
        )
        assert tree.children("2026-04-01+3") == ("2026-04-01", "2026-05-01", "2026-06-01")

    def test_of_one_period_is_one_node(self):
        assert period_tree(np.array(["2026-01-01"], "datetime64[D]"), []).codes == ("2026-01-01",)

    @pytest.mark.parametrize("lengths", [[5], [4, 3], [0], [24]])
    def test_spans_must_divide(self, lengths):
        with pytest.raises(FlowError, match="do not divide"):
            period_tree(pd.date_range("2026-01-01", periods=12, freq="MS"), lengths)


class TestSpans:
    @settings(deadline=None, max_examples=30)
    @given(
        quarters=st.integers(1, 5),
        causes=st.sampled_from([None, ("flood", "drought")]),
        seed=st.integers(0, 999),
    )
    def test_spans_sum_to_the_horizon_in_every_sample(self, quarters, causes, seed):
        months = invented_forecast(months=3 * quarters, causes=causes, seed=seed)
        by_quarter = spans_of(months, 3)
        np.testing.assert_array_equal(by_quarter.sum("time"), months.sum("time"))
        np.testing.assert_array_equal(
            spans_of(by_quarter, quarters), spans_of(months, 3 * quarters)
        )
        assert by_quarter.attrs["period"] == "3 months"
        assert spans_of(months, 1).attrs["period"] == "month"

    def test_that_do_not_divide_are_refused(self):
        with pytest.raises(FlowError, match="spans of 4 periods do not divide 3 periods"):
            spans_of(invented_forecast(), 4)


class TestReconciliation:
    def test_of_single_periods_only_is_refused(self):
        with pytest.raises(FlowError, match="there are single periods only"):
            reconcile_periods([invented_forecast()])

    @pytest.mark.parametrize("method", WITHOUT_PAST)
    def test_every_sample_sums_in_time_and_space(self, method):
        tree = invented_tree()
        made = reconcile_periods(stretched(), tree, over_time=method)
        assert made.sizes["location"] == len(tree.codes)
        assert (made == np.rint(made)).all()
        assert (made >= 0).all()
        for parent in tree.codes:
            children = list(tree.children(parent))
            if not children:
                continue
            for length in (1, 3, 12):
                spans = spans_of(made, length)
                np.testing.assert_array_equal(
                    spans.sel(location=children).sum("location"), spans.sel(location=parent)
                )

    def test_reconciling_what_agrees_changes_nothing(self):
        single = invented_forecast(months=6)
        given = [spans_of(single, 6), spans_of(single, 3), single]
        for method in WITHOUT_PAST:
            if method == "min_trace_shrink":
                continue
            made = reconcile_periods(given, over_time=method)
            # Ranks of sums are those of the samples themselves, so nothing is put in another order.
            np.testing.assert_array_equal(made, single, err_msg=method)

    def test_top_down_keeps_the_horizon_and_bottom_up_the_months(self):
        given = stretched()
        rounded = [np.rint(one) for one in given]
        down = reconcile_periods(rounded, over_time="top_down_forecast")
        up = reconcile_periods(rounded, over_time="bottom_up")
        np.testing.assert_array_equal(up, rounded[-1])
        tops = np.sort(rounded[0].isel(time=0), axis=0)
        np.testing.assert_array_equal(np.sort(spans_of(down, 12).isel(time=0), axis=0), tops)

    def test_all_nodes_may_be_forecast_apart_and_then_agree_over_places(self):
        tree = invented_tree()
        given = [tree.all_levels(one) for one in stretched(causes=None)]
        made = reconcile_periods(given, tree, over_places="min_trace_ols")
        districts = made.sel(location=list(tree.bottom))
        np.testing.assert_array_equal(districts.sum("location"), made.sel(location=tree.top))

    def test_fractions_stay_on_request(self):
        made = reconcile_periods(stretched(), over_time="min_trace_ols", whole=False)
        assert (made != np.rint(made)).any()

    def test_without_the_whole_horizon_each_longest_span_agrees_by_itself(self):
        _, quarters, months = stretched()
        made = reconcile_periods([quarters, months])
        for start in range(4):
            own = slice(3 * start, 3 * start + 3)
            alone = reconcile_periods([quarters.isel(time=[start]), months.isel(time=own)])
            np.testing.assert_array_equal(made.isel(time=own), alone)
        assert made.attrs["reconciliation_over_time"] == "min_trace_structural"

    def test_what_does_not_fit_is_refused(self):
        year, quarters, months = stretched()
        later = quarters.assign_coords(time=quarters["time"] + np.timedelta64(31, "D"))
        for wrong, message in (
            ([quarters, year, months], "give the longest spans first"),
            ([year, months, months], "give the longest spans first"),
            ([year, later, months], "begin on different days"),
            ([year, quarters.isel(time=slice(0, 0)), months], "do not divide"),
            ([year.isel(sample=slice(0, 2)), months], "'sample' differs"),
        ):
            with pytest.raises(FlowError, match=message):
                reconcile_periods(wrong)
