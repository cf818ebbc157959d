"""Costs as they are written: read per unit and day, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.money import MOST, read_cost


@pytest.mark.parametrize(
    ("text", "per_day", "currency"),
    [
        ("12 USD per day", 12.0, "USD"),
        ("0 EUR per day", 0.0, "EUR"),
        ("  1.5   SOS per hour ", 36.0, "SOS"),
        ("70 KES per week", 10.0, "KES"),
        (f"{MOST:.0f} IDR per day", MOST, "IDR"),
    ],
)
def test_costs_are_read_per_unit_and_day(text, per_day, currency):
    cost = read_cost(text)
    assert cost.per_day == pytest.approx(per_day)
    assert cost.currency == currency


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-2 USD per day", "below zero; a cost is 0 or more"),
        ("2 € per day", "'€' is no currency"),
        ("2 usd per day", "such as 'USD'"),
        ("2 \u0415\u0412\u0420 per day", "is no currency"),
        ("2 DOLLARS per day", "three letters"),
        ("2 USD", "is no cost; write a number"),
        ("USD 2 per day", "is no cost"),
        ("2 USD per month", "per hour, day or week"),
        ("1,000 USD per day", "without commas"),
        ("1e3 USD per day", "is no cost"),
        ("٢ USD per day", "is no cost"),
        ("nan USD per day", "is no cost"),
        ("1000000001 USD per day", "too large to be meant"),
        ("9" * 400 + " USD per day", "too large to be meant"),
    ],
)
def test_what_is_no_cost_is_refused(text, says):
    with pytest.raises(ValueError, match=says):
        read_cost(text)


@given(st.floats(0, 1e8), st.sampled_from(["hour", "day", "week"]))
def test_units_of_time_agree(amount, unit):
    factor = {"hour": 24, "day": 1, "week": 1 / 7}[unit]
    assert read_cost(f"{amount:.4f} XOF per {unit}").per_day == pytest.approx(
        round(amount, 4) * factor, abs=1e-9
    )
