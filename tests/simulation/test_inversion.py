"""Polynomials in cells give the exact quantiles, in machine code as in Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from simulation import inversion
from simulation.inversion import Inversion

NORMAL = Inversion(special.ndtri, lambda p: -special.ndtri(p))
NEAR = np.concatenate([np.geomspace(2.0**-53, 0.5, 40_001), np.linspace(1e-4, 0.5, 40_001)])
EVERYWHERE = np.sort(np.concatenate([NEAR, 1 - NEAR]))


def test_quantiles_of_the_normal_distribution_are_exact():
    np.testing.assert_allclose(NORMAL(EVERYWHERE), special.ndtri(EVERYWHERE), rtol=0, atol=2e-13)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.7, 40.0, 1000.0])
def test_quantiles_of_gamma_distributions_are_exact(shape):
    gamma = Inversion(
        lambda p: special.gammaincinv(shape, p), lambda p: special.gammainccinv(shape, p)
    )
    made = gamma(EVERYWHERE)
    np.testing.assert_allclose(made, special.gammaincinv(shape, EVERYWHERE), rtol=1e-12)


def test_quantiles_rise():
    made = NORMAL(EVERYWHERE)
    assert (np.diff(made) >= -1e-13).all()
    assert made[0] < -8
    assert made[-1] > 8


def test_what_is_no_probability_gives_what_the_exact_function_gives():
    strange = np.array([np.nan, -1.0, 0.0, 1.0, 2.0, np.inf, -np.inf])
    np.testing.assert_array_equal(NORMAL(strange), special.ndtri(strange))


def test_the_shape_is_kept():
    u = EVERYWHERE[:6].reshape(2, 3)
    assert NORMAL(u).shape == (2, 3)
    assert NORMAL(np.float64(0.25)).shape == ()
    assert NORMAL(np.zeros(0)).shape == (0,)
    np.testing.assert_array_equal(NORMAL(EVERYWHERE[::2]), NORMAL(EVERYWHERE)[::2])


@given(us=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_machine_code_and_python_look_up_the_same(us):
    u = np.array(us)
    made = NORMAL(u)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inversion, "machine_code", lambda loop: loop)
        np.testing.assert_array_equal(made, NORMAL(u))
