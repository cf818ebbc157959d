"""The way back up: what offices answer is read back, checked against each other, and summed."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.sharing import (
    About,
    PackageError,
    capacity_totals,
    collect,
    diff_packages,
    gap_totals,
    make_keys,
    outcome_totals,
    outcomes_array,
    override_package,
    read_package,
    read_public_key,
    read_response,
    read_secret_key,
    slice_package,
    write_package,
    write_response,
)
from forecasting.sharing.capacities import Capacity, Override
from forecasting.sharing.provenance import own_version
from forecasting.sharing.responses import OUTCOMES, RESPONSE
from forecasting.sharing.strict_json import json_bytes
from forecasting.sharing.totals import need_of
from tests.forecasting.packages import ABOUT, SALT, files_in, invented_forecast, put, sealed

SAID = {"by": "Office", "on": "2026-11-05", "purpose": "planning"}
PLACES = "reception places"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    options = {"salt": SALT, "parquet": False}
    national = write_package(invented_forecast(), folder / "national", ABOUT, **options)
    codes = [code for code in national.hierarchy.codes if code != "XA"]
    slices = {
        code: slice_package(national, code, folder / f"slice-{number}")
        for number, code in enumerate(codes)
    }
    return {"XA": national, **slices}


def places(code, number, facility=""):
    return Capacity(code, PLACES, facility, number, "persons", "list of May")


def run_of(package, start=0, measure="persons_entered", unit="persons"):
    samples = package.forecast["sample"].to_numpy().tolist()
    return outcomes_array({measure: [start + 10 * k for k in samples]}, {measure: unit}, samples)


RESULTS = {"scenario": "site", "seed": 1, "replications": 8}


@pytest.fixture
def answer(shared, tmp_path):
    numbers = iter(range(100))

    def written(code, *capacities, **options):
        target = tmp_path / f"answer-{next(numbers)}"
        capacities = capacities or (places(code, 50),)
        if "outcomes" in options:
            options |= {"results": RESULTS, "salt": SALT}
        options = {**SAID, **options}
        written.folder = target
        return write_response(shared[code], target, capacities=capacities, **options)

    return written


class TestOneResponse:
    def test_is_read_back_as_it_was_written(self, shared, answer):
        change = Override("XA1:D0", "2026-12-01", "flood", 1.25)
        given = answer(
            "XA1",
            places("XA1:D0", 10, "École №1"),
            places("XA1:D1", 0),
            outcomes=run_of(shared["XA1"]),
            overrides=[change],
            because="the levee broke",
        )
        again = read_response(answer.folder)
        assert again.capacities == given.capacities
        assert again.overrides == (change,)
        assert again.identifier == given.identifier
        assert again.unit == "XA1"
        assert again.whole == shared["XA"].identifier
        assert again.about["forecast"]["package"] == shared["XA1"].identifier
        np.testing.assert_array_equal(again.outcomes, given.outcomes)
        assert (again.outcomes % 5 == 0).all()
        assert again.about["disclosure"]["rule"] == "round"

    def test_as_a_signed_zip(self, shared, tmp_path):
        pytest.importorskip("cryptography", reason="signatures need cryptography (extra sharing)")
        make_keys(tmp_path / "key")
        secret = read_secret_key(tmp_path / "key")
        public = read_public_key(tmp_path / "key.pub")
        target = tmp_path / "answer.zip"
        capacities = [places("XA2:D0", 5)]
        made = write_response(shared["XA2"], target, capacities=capacities, key=secret, **SAID)
        assert read_response(target, key=public).signed == made.signed == public.name
        assert read_response(target).signed == ""
        unsigned = tmp_path / "unsigned"
        write_response(shared["XA2"], unsigned, capacities=capacities, **SAID)
        with pytest.raises(PackageError, match="is not signed"):
            read_response(unsigned, key=public)
        make_keys(tmp_path / "other")
        with pytest.raises(PackageError, match="was made with key"):
            read_response(target, key=read_public_key(tmp_path / "other.pub"))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"by": " "}, "by is empty"),
            ({"on": "5 May"}, "on is '5 May'"),
            ({"because": "a reason"}, "an override needs its reason"),
            ({"overrides": [Override("XA1", "all", "all", 2.0)]}, "an override needs its reason"),
            ({"results": {"seed": 1}}, "need the record of the simulation"),
        ],
    )
    def test_what_cannot_be_answered_for_is_refused(self, shared, tmp_path, options, message):
        target = tmp_path / "answer"
        with pytest.raises(PackageError, match=message):
            write_response(
                shared["XA1"], target, capacities=[places("XA1", 1)], **{**SAID, **options}
            )
        assert not target.exists()

    def test_outcomes_are_aggregates_with_units_and_samples(self, shared, answer):
        slice_ = shared["XA1"]
        for wrong, message in (
            (run_of(slice_) - 1, "not negative"),
            (run_of(slice_) + 1e15, "at most 1,000,000,000,000,000"),
            (run_of(slice_) * np.nan, "must be finite"),
            (run_of(slice_, unit="hours"), "unit hours"),
            (run_of(slice_).assign_coords(sample=range(90, 98)), "without a sample"),
            (run_of(slice_, measure="passport_no"), "enforcement"),
        ):
            with pytest.raises(PackageError.__mro__[1], match=message):
                answer("XA1", outcomes=wrong)

    def test_the_largest_outcomes_are_read_back(self, shared, answer):
        largest = run_of(shared["XA1"]).copy(data=np.full((8, 1), 1e15))
        for policy in ("default", "noise"):
            answer("XA1", outcomes=largest, policy=policy, recipient="r")
            np.testing.assert_allclose(read_response(answer.folder).outcomes, 1e15, atol=20)

    def test_what_lies_outside_of_the_slice_is_refused_when_it_is_written(self, answer):
        for capacities, change, message in (
            ([places("XA3", 5), places("XA9", 5)], None, "has 2 problems"),
            ([], Override("XA3", "all", "all", 2.0), "'XA3' is not in the slice"),
            ([], Override("XA1", "2020-01-01", "all", 2.0), "first_day: is '2020-01-01'; allowed"),
            ([], Override("XA1", "all", "war", 2.0), "cause: is 'war'; allowed"),
        ):
            options = {} if change is None else {"overrides": [change], "because": "x"}
            with pytest.raises(PackageError, match=message):
                answer("XA1", *capacities, **options)

    def test_nothing_is_overwritten(self, shared, answer):
        answer("XA1")
        with pytest.raises(PackageError, match="never overwritten"):
            write_response(shared["XA1"], answer.folder, capacities=[places("XA1", 1)], **SAID)

    def test_every_changed_byte_is_found(self, shared, answer):
        answer("XA1", outcomes=run_of(shared["XA1"]))
        folder = answer.folder
        generator = np.random.default_rng(3)
        for name, content in files_in(folder).items():
            for at in generator.integers(0, len(content), 6):
                spoiled = bytearray(content)
                spoiled[at] ^= 1 << int(generator.integers(0, 7))
                (folder / name).write_bytes(bytes(spoiled))
                with pytest.raises(PackageError, match=r"\w"):
                    read_response(folder)
            (folder / name).write_bytes(content)
        assert read_response(folder).unit == "XA1"

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            ("capacities.csv", b"persons", b"beds", "are counted in persons"),
            ("capacities.csv", b",50,", b",-5,", "allowed: a whole number"),
            ("capacities.csv", b",50,", b",50.5,", "allowed: a whole number"),
            ("capacities.csv", b",50,", b",=1+1,", "cannot stand in a spreadsheet"),
            ("capacities.csv", b"facility", b"passport", "can serve enforcement"),
            ("capacities.csv", b"facility", b"notes", "'notes' is unknown"),
            ("capacities.csv", b"list of May", b"", "source: is empty"),
            ("outcomes.csv", b"persons_entered,persons,3,", b"persons_entered,persons,2,", "twice"),
            ("outcomes.csv", b"persons_entered,persons,3,", b"name,persons,3,", "lacks samples"),
            ("outcomes.csv", b",persons,3,", b",persons,3,NaN", "must be whole numbers"),
            ("outcomes.csv", b",persons,3,", b",people,3,", "unit: is 'people'"),
            ("outcomes.csv", b"measure,unit", b"measure,measure", "stands twice"),
            ("response.json", b'"on": "2026-11-05"', b'"on": "2026-02-31"', "is not a day"),
            ("response.json", b'"by"', b'"birth_date"', "unknown key"),
            ("response.json", b'"format_version": 1', b'"format_version": 9', "reads 1"),
            ("response.json", b"safepassage response", b"other", "is not about a response"),
            ("response.json", b'"seed"', b'"passport"', "enforcement"),
        ],
    )
    def test_hostile_responses_end_in_one_error(self, shared, answer, name, old, new, message):
        answer("XA1", outcomes=run_of(shared["XA1"]))
        folder = answer.folder
        files = files_in(folder)
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
        put(folder, sealed(files))
        with pytest.raises(PackageError.__mro__[1], match=message):
            read_response(folder)

    def test_missing_extra_and_disagreeing_files(self, shared, answer, tmp_path):
        answer("XA1", outcomes=run_of(shared["XA1"]))
        files = files_in(answer.folder)
        for n, (changed, message) in enumerate(
            (
                ({k: v for k, v in files.items() if k != OUTCOMES}, "do not agree"),
                ({k: v for k, v in files.items() if k != RESPONSE}, "is missing"),
                ({**files, "names.csv": b"name\n"}, "does not belong"),
                ({**files, "overrides.csv": b"location,first_day,cause,factor\nXA1,all,all,2.0\n"},
                 "do not agree"),
            )
        ):  # fmt: skip
            with pytest.raises(PackageError, match=message):
                read_response(put(tmp_path / f"wrong-{n}", changed))

    @settings(
        deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_any_bytes_in_a_sealed_table_are_read_or_refused(self, answer, shared, data):
        answer("XA2", outcomes=run_of(shared["XA2"]))
        folder = answer.folder
        files = files_in(folder)
        name = data.draw(st.sampled_from(["capacities.csv", "outcomes.csv", "response.json"]))
        content = files[name]
        at = data.draw(st.integers(0, len(content)))
        files[name] = content[:at] + data.draw(st.binary(max_size=6)) + content[at + 2 :]
        put(folder, sealed(files))
        try:
            read = read_response(folder)
        except PackageError.__mro__[1]:
            return
        assert read.unit
        assert all(one.capacity >= 0 for one in read.capacities)


def middle(samples):
    return np.quantile(samples, 0.5, method="inverted_cdf")


def kinds(collection):
    return [(one.kind, one.location) for one in collection.findings]


class TestRollUp:
    def test_missing_and_late_are_named(self, shared, answer):
        found = collect(shared["XA"], [answer("XA1"), answer("XA2", on="2026-12-24")], "2026-11-30")
        assert kinds(found) == [
            ("late", "XA2"), ("missing", "XA3:D0"), ("missing", "XA3:D1"), ("missing", "XA3:D2"),
        ]  # fmt: skip
        assert len(found.responses) == 2
        with pytest.raises(PackageError, match="due is 'soon'"):
            collect(shared["XA"], [], "soon")
        with pytest.raises(PackageError, match="is a slice"):
            collect(shared["XA1"], [])

    def test_two_responses_of_one_place_that_differ_count_neither(self, shared, answer):
        one, other = answer("XA2", places("XA2", 5)), answer("XA2", places("XA2", 6))
        found = collect(shared["XA"], [one, other])
        assert ("contradictory", "XA2") in kinds(found)
        assert ("missing", "XA2:D0") not in kinds(found)
        assert found.capacities == ()
        same = collect(shared["XA"], [one, one])
        assert ("repeated", "XA2") in kinds(same)
        assert len(same.responses) == 1

    def test_a_capacity_told_with_two_numbers_is_not_counted(self, shared, answer):
        region = answer("XA1", places("XA1:D0", 5), places("XA1:D1", 7))
        district = answer("XA1:D0", places("XA1:D0", 6))
        found = collect(shared["XA"], [region, district])
        assert ("contradictory", "XA1:D0") in kinds(found)
        assert [one.what[0] for one in found.capacities] == ["XA1:D1"]
        agreeing = answer("XA1:D0", places("XA1:D0", 5))
        again = collect(shared["XA"], [region, agreeing])
        assert ("repeated", "XA1:D0") in kinds(again)
        assert sum(one.capacity for one in again.capacities) == 12

    def test_another_version_does_not_count(self, answer, tmp_path):
        about = ABOUT.__class__(issuer="Office of Land", purpose="planning", version=2)
        options = {"salt": SALT, "parquet": False}
        other = write_package(invented_forecast(seed=2), tmp_path / "next", about, **options)
        found = collect(other, [answer("XA1")])
        assert ("other version", "XA1") in kinds(found)
        assert ("missing", "XA1:D0") not in kinds(found)
        assert found.responses == ()

    def test_a_response_about_places_outside_of_its_own_does_not_count(self, shared, answer):
        change = {"overrides": [Override("XA1", "2026-11-01", "flood", 2.0)], "because": "x"}
        for name, old, new in (
            ("capacities.csv", b"XA1,", b"XA3,"),
            ("overrides.csv", b"2026-11-01", b"2020-01-01"),
            ("overrides.csv", b"flood", b"war"),
        ):
            answer("XA1", **change)
            folder = answer.folder
            files = files_in(folder)
            put(folder, sealed({**files, name: files[name].replace(old, new)}))
            found = collect(shared["XA"], [read_response(folder)])
            assert ("not counted", "XA1") in kinds(found)
            assert ("missing", "XA1:D0") not in kinds(found)

    def test_capacities_sum_at_every_level_and_unknown_is_not_zero(self, shared, answer):
        given = [
            answer("XA1:D0", places("XA1:D0", 5, "hall"), places("XA1:D0", 6, "school")),
            answer("XA3", places("XA3:D1", 20), places("XA3", 100, "stadium")),
        ]
        found = collect(shared["XA"], given)
        table = capacity_totals(shared["XA"], found).set_index("location")
        assert table.loc["XA", "capacity"] == 131
        assert table.loc["XA1", "capacity"] == 11
        assert table.loc["XA3", "capacity"] == 120
        assert "XA2" not in table.index

    def test_all_of_a_place_and_what_is_in_it_count_once(self, shared, answer):
        national = shared["XA"]
        region = answer("XA1", places("XA1", 1000))
        for number, kind in ((400, "repeated"), (1400, "contradictory")):
            found = collect(national, [region, answer("XA1:D0", places("XA1:D0", number))])
            assert (kind, "XA1") in kinds(found)
            assert f"1000 are told for all of the place and {number}" in found.findings[0].what + (
                found.findings[-1].what
            )
            table = capacity_totals(national, found).set_index("location")
            assert table.loc[["XA", "XA1", "XA1:D0"], "capacity"].tolist() == [1000, 1000, number]
            gaps = gap_totals(national, found).set_index("location")
            assert gaps.loc[["XA", "XA1", "XA1:D0"], "capacity"].tolist() == [1000, 1000, number]
        # Other kinds are not touched.
        beds = Capacity("XA1:D0", "ward beds", "", 7, "beds", "list")
        found = collect(national, [region, answer("XA1:D0", beds)])
        assert {kind for kind, _ in kinds(found)} == {"missing"}
        assert len(found.capacities) == 2

    def test_facilities_of_a_place_another_office_tells_as_a_whole(self, shared, answer):
        region = answer("XA1", places("XA1:D0", 30))
        district = answer("XA1:D0", places("XA1:D0", 10, "school"), places("XA1:D0", 5, "hall"))
        found = collect(shared["XA"], [region, district])
        assert ("repeated", "XA1:D0") in kinds(found)
        assert [one.capacity for one in found.capacities] == [30]

    @pytest.mark.parametrize("numbers", [(300, None), (300, 1000)])
    def test_a_gap_apart_is_never_smaller_than_the_gap(self, shared, answer, numbers):
        national = shared["XA"]
        given = [answer("XA1", places("XA1", 300))]
        given += [
            answer(f"XA1:D{n}", places(f"XA1:D{n}", number))
            for n, number in enumerate(numbers)
            if number is not None
        ]
        table = gap_totals(national, collect(national, given)).set_index("location")
        assert table.loc["XA1", "gap_high"] > 0
        assert np.isnan(table.loc["XA1", "gap_apart_high"])
        assert table.loc["XA1:D0", "gap_apart_high"] == table.loc["XA1:D0", "gap_high"]

    def test_a_facility_of_a_region_makes_no_district_known(self, shared, answer):
        national = shared["XA"]
        camp = answer("XA1", places("XA1", 100, "Camp A"))
        table = gap_totals(national, collect(national, [camp])).set_index("location")
        assert table.loc[["XA1", "XA1:D0"], "known"].tolist() == [0, 0]
        assert np.isnan(table.loc["XA1", "gap_high"])
        told = [camp, answer("XA1:D0", places("XA1:D0", 30))]
        table = gap_totals(national, collect(national, told)).set_index("location")
        assert table.loc["XA1", "known"] == 1
        assert table.loc["XA1", "capacity"] == 130

    def test_gaps_agree_with_the_samples_one_by_one(self, shared, answer):
        national = shared["XA"]
        given = [answer("XA1:D0", places("XA1:D0", 300)), answer("XA1:D1", places("XA1:D1", 150))]
        table = gap_totals(national, collect(national, given)).set_index("location")
        months = national.forecast.sum("cause")
        own = [
            np.maximum(months.sel(location=code).max("time") - number, 0)
            for code, number in (("XA1:D0", 300), ("XA1:D1", 150))
        ]
        both = months.sel(location=["XA1:D0", "XA1:D1"]).sum("location").max("time")
        shared_gap = np.maximum(both - 450, 0)
        assert table.loc["XA1", "gap_apart_median"] == middle(sum(own))
        assert table.loc["XA1", "gap_median"] == middle(shared_gap)
        assert table.loc["XA1", "chance_short"] == (shared_gap > 0).mean()
        assert table.loc["XA", ["known", "lowest"]].tolist() == [2, 6]
        assert np.isnan(table.loc["XA2", "gap_median"])
        assert (table["gap_high"].dropna() <= table["gap_apart_high"].dropna() + 1e-9).all()
        every = months.sum(["time", "location"])
        assert table.loc["XA", "displaced_median"] == middle(every)
        # Counts are protected by rounding to 5; what lies between two of them would not be.
        assert table.loc["XA", "displaced_high"] % 5 == 0

    def test_need_is_about_the_period_of_the_package(self, tmp_path):
        weekly = invented_forecast().assign_attrs(period="week")
        weekly = weekly.assign_coords(time=pd.date_range("2026-11-01", periods=3, freq="7D"))
        options = {"salt": SALT, "parquet": False}
        told = need_of(write_package(weekly, tmp_path / "weekly", ABOUT, **options))
        assert "in the week with most of them" in told
        assert "month" not in told

    def test_outcomes_sum_by_sample_and_count_nobody_twice(self, shared, answer):
        national = shared["XA"]
        given = [
            answer(code, outcomes=run_of(shared[code], start), policy="none")
            for code, start in (("XA1:D0", 1), ("XA1:D1", 2), ("XA3", 3), ("XA3:D1", 1000))
        ]
        table = outcome_totals(national, collect(national, given)).set_index("location")
        assert table.loc["XA1", "median"] == 30 * 2 + 3
        assert table.loc["XA", "median"] == 30 * 3 + 6
        assert table.loc["XA", "answers"] == 3
        assert table.loc["XA3:D1", "median"] == 1030
        assert "XA2" not in table.index

    def test_outcomes_use_the_samples_all_have(self, shared, answer):
        national = shared["XA"]
        few = run_of(shared["XA2"]).isel(sample=slice(0, 3))
        given = [
            answer("XA1", outcomes=run_of(shared["XA1"]), policy="none"),
            answer("XA2", outcomes=few, policy="none"),
        ]
        table = outcome_totals(national, collect(national, given)).set_index("location")
        assert table.loc["XA", ["samples", "median"]].tolist() == [3, 20]

    def test_outcomes_without_a_common_sample_are_named(self, shared, answer):
        national = shared["XA"]
        given = [
            answer("XA1", outcomes=run_of(shared["XA1"]).isel(sample=slice(0, 3)), policy="none"),
            answer("XA2", outcomes=run_of(shared["XA2"]).isel(sample=slice(3, 8)), policy="none"),
        ]
        found = collect(national, given)
        assert [one for one in kinds(found) if one[0] != "missing"] == [("not counted", "XA")]
        assert "XA1, XA2" in found.findings[0].what or "XA2, XA1" in found.findings[0].what
        assert set(outcome_totals(national, found)["location"]) == {"XA1", "XA2"}
        # Named where it begins, and not again at every level above.
        given = [
            answer(code, outcomes=run_of(shared[code]).isel(sample=part), policy="none")
            for code, part in (("XA1:D0", slice(0, 3)), ("XA1:D1", slice(3, 8)))
        ]
        found = collect(national, given)
        assert [one for one in kinds(found) if one[0] != "missing"] == [("not counted", "XA1")]

    def test_a_measure_in_two_units_is_named_and_not_added(self, shared, answer):
        national = shared["XA"]
        given = [
            answer("XA1", outcomes=run_of(shared["XA1"]), policy="none"),
            answer("XA2", outcomes=run_of(shared["XA2"], unit="person-nights"), policy="none"),
        ]
        found = collect(national, given)
        assert ("contradictory", "XA") in kinds(found)
        table = outcome_totals(national, found)
        rows = table[table["location"] == "XA"].set_index("unit")
        assert rows["median"].to_dict() == {"persons": 30, "person-nights": 30}
        assert rows["answers"].tolist() == [1, 1]


class TestOverridesMergedUpward:
    def test_every_sample_sums_at_every_level_and_the_rest_stays(self, shared, answer, tmp_path):
        national = shared["XA"]
        change = Override("XA3", "2026-12-01", "flood", 3.3)
        given = answer("XA3", overrides=[change], because="the river rises")
        found = collect(national, [given])
        target = tmp_path / "next"
        options = {"issued": "2026-11-06", "salt": SALT}
        override_package(national, found.overrides, target, **options)
        after = read_package(target)
        cells = {
            "time": "2026-12-01",
            "cause": "flood",
            "location": [f"XA3:D{n}" for n in range(3)],
        }
        before = national.forecast.sel(cells)
        assert (np.abs(after.forecast.sel(cells) - before * 3.3) < 5.5).all()
        assert (after.forecast % 5 == 0).all()
        changed = (after.forecast != national.forecast).any(["sample", "time", "cause"])
        assert set(changed["location"].values[changed.values]) <= set(cells["location"])
        for level in after.hierarchy.levels:
            total = after.at(level).sum("location")
            np.testing.assert_array_equal(total, after.at(0).sum("location"))
        said = after.provenance
        assert (said["version"], said["previous"]) == (2, national.identifier)
        assert said["history"][0]["response"] == given.identifier
        assert said["history"][0]["because"].startswith("the river rises (times 3.3")
        assert said["name"] == national.provenance["name"].replace("-v1", "-v2")
        assert said["disclosure"]["before"] == [national.provenance["disclosure"]]
        table = diff_packages(national, after).table.set_index("location")
        assert table.loc["XA", "median_after"] > table.loc["XA", "median_before"]
        assert table.loc["XA1", "median_after"] == table.loc["XA1", "median_before"]

    def test_the_next_version_says_what_wrote_it_and_keeps_its_name(self, tmp_path):
        about = About(
            issuer="Office", purpose="planning", name="floods", software={"safepassage": "0.0.1"}
        )
        options = {"salt": SALT, "parquet": False}
        first = write_package(invented_forecast(), tmp_path / "first", about, **options)
        capacities = [places("XA", 1)]
        change = {"overrides": [Override("XA", "all", "all", 2.0)], "because": "twice"}
        given = write_response(first, tmp_path / "a", capacities=capacities, **SAID, **change)
        options = {"issued": "2026-11-06", "salt": SALT}
        second = override_package(first, [(given, given.overrides[0])], tmp_path / "2", **options)
        third = override_package(second, [(given, given.overrides[0])], tmp_path / "3", **options)
        said = third.provenance
        assert [second.provenance["name"], said["name"]] == ["floods-v2", "floods-v3"]
        assert said["software"]["safepassage"] == own_version()
        assert [one["policy"] for one in said["disclosure"]["before"]] == ["default", "default"]
        assert read_package(tmp_path / "3").provenance == said

    def test_samples_keep_their_order(self, shared, answer, tmp_path):
        national = shared["XA"]
        given = answer("XA", overrides=[Override("XA", "all", "all", 2.0)], because="twice")
        found = collect(national, [given])
        path = tmp_path / "next.zip"
        override_package(national, found.overrides, path, issued="2026-11-06", salt=SALT)
        np.testing.assert_array_equal(read_package(path).forecast, national.forecast * 2)

    def test_two_changes_of_one_cell_are_contradictory(self, shared, answer, tmp_path):
        national = shared["XA"]
        region = answer("XA1", overrides=[Override("XA1", "all", "flood", 2.0)], because="a")
        district = answer(
            "XA1:D0",
            overrides=[
                Override("XA1:D0", "2026-11-01", "all", 3.0),
                Override("XA1:D0", "2026-12-01", "conflict", 1.5),
            ],
            because="b",
        )
        found = collect(national, [region, district])
        assert ("contradictory", "XA1:D0") in kinds(found)
        assert [one.factor for _, one in found.overrides] == [1.5]
        none = collect(national, [region])
        assert [one.factor for _, one in none.overrides] == [2.0]
        with pytest.raises(PackageError, match="there are no changes"):
            override_package(national, [], tmp_path / "x", issued="2026-11-06")


def test_a_response_is_small_and_says_no_more_than_it_should(shared, answer):
    answer("XA1", outcomes=run_of(shared["XA1"]))
    folder = answer.folder
    files = files_in(folder)
    assert sorted(files) == ["capacities.csv", "checksums.txt", "outcomes.csv", "response.json"]
    about = json.loads(files["response.json"])
    assert json_bytes(about) == files["response.json"]
    assert sum(map(len, files.values())) < 20_000
