"""Distributions sampled by inversion agree with theory."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from simulation.distributions import PARAMETERS, Distribution

# The middle points of many equal slices of (0, 1): an integral without noise.
SLICES = (np.arange(20_000) + 0.5) / 20_000
mean = st.floats(0.05, 100.0)
ratio = st.floats(0.1, 1.5)


def distributions():
    positive = st.floats(0.05, 50.0)
    ordered = st.lists(st.floats(0.0, 100.0), min_size=3, max_size=3).map(sorted)
    return st.one_of(
        st.builds(lambda m: Distribution("constant", mean=m), mean),
        st.builds(lambda m: Distribution("exponential", mean=m), mean),
        st.builds(lambda a, d: Distribution("uniform", low=a, high=a + d), mean, positive),
        ordered.filter(lambda x: x[2] - x[0] > 0.1).map(
            lambda x: Distribution("triangular", low=x[0], mode=x[1], high=x[2])
        ),
        st.builds(
            lambda kind, m, r: Distribution(kind, mean=m, sd=m * r),
            st.sampled_from(["lognormal", "gamma", "weibull"]),
            mean,
            ratio,
        ),
        st.builds(
            lambda m, extra: Distribution("one_plus_poisson", mean=m, high=math.ceil(m) + extra),
            st.floats(1.0, 8.0),
            st.integers(0, 12).map(float),
        ),
        st.builds(
            lambda share, short, times: Distribution(
                "mixture", parts=((share, short), (1 - share, short * times))
            ),
            st.floats(0.05, 0.95),
            mean,
            st.floats(1.0, 20.0),
        ),
        st.builds(
            lambda level, low, up, more: Distribution(
                "quantiles", parts=((0.0, low), (level, low + up), (1.0, low + up + more))
            ),
            st.floats(0.05, 0.95),
            mean,
            positive,
            positive,
        ),
    )


def frozen(distribution):
    """Return the same distribution of SciPy."""
    m, sd = distribution.mean, distribution.sd
    match distribution.kind:
        case "exponential":
            return stats.expon(scale=m)
        case "uniform":
            return stats.uniform(distribution.low, distribution.high - distribution.low)
        case "triangular":
            width = distribution.high - distribution.low
            mode = (distribution.mode - distribution.low) / width
            return stats.triang(mode, distribution.low, width)
        case "lognormal":
            sigma = math.sqrt(math.log1p((sd / m) ** 2))
            return stats.lognorm(sigma, scale=m / math.exp(sigma**2 / 2))
        case "gamma":
            return stats.gamma((m / sd) ** 2, scale=sd**2 / m)
    return None


@given(distribution=distributions())
def test_mean_agrees_with_expected(distribution):
    assert distribution.quantile(SLICES).mean() == pytest.approx(distribution.expected(), rel=5e-3)


@given(kind=st.sampled_from(["lognormal", "gamma", "weibull"]), mean=mean, ratio=ratio)
def test_mean_and_sd_are_those_asked_for(kind, mean, ratio):
    draws = Distribution(kind, mean=mean, sd=mean * ratio).quantile(SLICES)
    assert draws.mean() == pytest.approx(mean, rel=5e-3)
    assert draws.std() == pytest.approx(mean * ratio, rel=0.05)


@given(distribution=distributions(), u=st.floats(1e-6, 1 - 1e-6))
def test_quantiles_are_those_of_scipy(distribution, u):
    other = frozen(distribution)
    if other is None:
        others = {"constant", "weibull", "one_plus_poisson", "mixture", "quantiles"}
        assert distribution.kind in others
        return
    assert distribution.quantile(np.array([u]))[0] == pytest.approx(other.ppf(u), rel=1e-6)


@given(distribution=distributions(), us=st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2))
def test_a_larger_uniform_gives_no_smaller_draw(distribution, us):
    draws = distribution.quantile(np.sort(us))
    assert (np.diff(draws) >= -1e-12 * np.abs(draws[1:])).all()
    assert (draws >= 0).all()
    assert np.isfinite(draws).all()


@pytest.mark.parametrize("shape", [0.5, 0.51, 1.0, 2.8, 40.0, 999.0, 1000.0])
def test_gamma_quantiles_are_exact_and_rise_into_the_tails(shape):
    near = np.geomspace(1e-15, 0.5, 4001)
    u = np.concatenate([near, 1 - near[::-1]])
    made = Distribution("gamma", mean=shape, sd=shape**0.5).quantile(u)
    np.testing.assert_allclose(made, special.gammaincinv(shape, u), rtol=1e-12)
    assert (np.diff(made) >= -1e-13 * made[1:]).all()


@pytest.mark.parametrize("ratio", [0.002, 0.01, 0.05, 3.0])
def test_weibull_of_extreme_spread(ratio):
    draws = Distribution("weibull", mean=10.0, sd=10.0 * ratio).quantile(SLICES)
    assert draws.std() == pytest.approx(10.0 * ratio, rel=0.1)


@pytest.mark.parametrize("u", [0.1, 0.5, 0.9])
def test_weibull_with_sd_of_the_mean_is_exponential(u):
    weibull = Distribution("weibull", mean=3.0, sd=3.0).quantile(np.array([u]))
    assert weibull == pytest.approx(Distribution("exponential", mean=3.0).quantile(np.array([u])))


def test_household_sizes_are_whole_and_between_one_and_high():
    sizes = Distribution("one_plus_poisson", mean=4.4, high=6.0).quantile(SLICES)
    assert set(sizes) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    shares = np.bincount(sizes.astype(int))[1:] / len(sizes)
    weights = stats.poisson.pmf(np.arange(6), 3.4)
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=1e-3)


def test_households_of_one():
    sizes = Distribution("one_plus_poisson", mean=1.0, high=12.0)
    assert (sizes.quantile(SLICES) == 1).all()
    assert sizes.expected() == 1.0


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("normal", {"mean": 1.0}, "unknown distribution 'normal'; allowed: constant"),
        ("exponential", {}, "exponential takes mean; given: nothing"),
        ("gamma", {"mean": 1.0}, "gamma takes mean, sd; given: mean"),
        ("exponential", {"mean": 1.0, "sd": 1.0}, "takes mean; given: mean, sd"),
        ("constant", {"mean": -1.0}, "constant: mean is -1; it must be finite and not negative"),
        ("constant", {"mean": math.inf}, "mean is inf"),
        ("constant", {"mean": math.nan}, "mean is nan"),
        ("lognormal", {"mean": 0.0, "sd": 1.0}, "mean and sd must be above 0"),
        ("gamma", {"mean": 1.0, "sd": 0.0}, "mean and sd must be above 0"),
        ("exponential", {"mean": 0.0}, "exponential: mean must be above 0"),
        ("uniform", {"low": 2.0, "high": 1.0}, "low 2, mode 2, high 1 are not in order"),
        ("uniform", {"low": 2.0, "high": 2.0}, "not in order"),
        ("triangular", {"low": 1.0, "mode": 5.0, "high": 4.0}, "low 1, mode 5, high 4"),
        ("one_plus_poisson", {"mean": 0.5, "high": 4.0}, "mean 0.5 must lie between 1 and high 4"),
        ("one_plus_poisson", {"mean": 5.0, "high": 4.0}, "mean 5 must lie between 1 and high 4"),
    ],
)
def test_impossible_parameters_are_refused(kind, parameters, message):
    with pytest.raises(ValueError, match=message):
        Distribution(kind, **parameters)


def test_every_kind_is_tested():
    kinds = {"constant", "exponential", "uniform", "triangular", "lognormal", "gamma", "weibull"}
    assert set(PARAMETERS) == kinds | {"one_plus_poisson", "mixture", "quantiles"}


def test_a_mixture_leaves_as_its_parts_do():
    stays = Distribution("mixture", parts=((0.7, 5.0), (0.3, 80.0)))
    times = np.array([1.0, 10.0, 100.0, 400.0])
    gone = 1 - 0.7 * np.exp(-times / 5.0) - 0.3 * np.exp(-times / 80.0)
    assert stays.quantile(gone) == pytest.approx(times, rel=1e-9)
    assert stays.quantile(np.array([1e-300, 1 - 2.0**-40])) == pytest.approx([0, 2122], abs=1)


def test_a_mixture_of_one_mean_is_exponential():
    both = Distribution("mixture", parts=((0.5, 7.0), (0.5, 7.0)))
    assert both.quantile(SLICES) == pytest.approx(
        Distribution("exponential", mean=7.0).quantile(SLICES)
    )


def test_measured_quantiles_are_met():
    stays = Distribution("quantiles", parts=((0.0, 2.0), (0.25, 12.0), (0.5, 12.0), (1.0, 60.0)))
    assert stays.quantile(np.array([0.0, 0.125, 0.25, 0.4, 0.75, 1.0])) == pytest.approx(
        [2, 7, 12, 12, 36, 60]
    )
    assert stays.expected() == pytest.approx(0.25 * 7 + 0.25 * 12 + 0.5 * 36)


@pytest.mark.parametrize(
    ("kind", "parts", "message"),
    [
        ("mixture", ((1.0, 5.0),), "two or more parts"),
        ("mixture", ((0.5, 5.0), (0.4, 6.0)), "shares sum to 0.9, not 1"),
        ("mixture", ((0.5, 5.0), (0.5, 0.0)), "a mean is not above 0"),
        ("mixture", ((0.5, 5.0), (0.5, math.nan)), "finite numbers"),
        ("quantiles", ((0.1, 5.0), (1.0, 6.0)), "levels must rise from 0 to 1"),
        ("quantiles", ((0.0, 5.0), (1.0, 4.0)), "values must not fall"),
        ("quantiles", ((0.0, -5.0), (1.0, 4.0)), "not negative"),
    ],
)
def test_impossible_parts_are_refused(kind, parts, message):
    with pytest.raises(ValueError, match=message):
        Distribution(kind, parts=parts)


def test_parts_belong_to_kinds_that_have_them():
    with pytest.raises(ValueError, match="exponential takes mean; given: mean, parts"):
        Distribution("exponential", mean=1.0, parts=((0.5, 1.0), (0.5, 2.0)))
