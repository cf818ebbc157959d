"""The seasonal level: the Kalman filter it should be, a season learned, no say where zeros are."""

import numpy as np
import pytest

import forecasting as fc
from forecasting.models import adaptive, seasonal_level
from forecasting.models.adaptive import REGULAR
from forecasting.models.kalman import System, filter_panel, gains_ahead
from forecasting.models.past_members import History, Smoothing
from forecasting.models.seasonal_level import CANDIDATES, SeasonalLevel, ahead_of, track
from tests.forecasting.synthetic import bursty, flows_of


def waves(months, places, noise, seed=1, season=12):
    """Log counts with a wandering level and a wave of the year."""
    rng = np.random.default_rng(seed)
    level = 6.0 + np.cumsum(0.3 * noise * rng.normal(size=(months, places)), axis=0)
    wave = np.sin(2 * np.pi * np.arange(months) / season)[:, None]
    return level + wave + noise * rng.normal(size=(months, places))


def quantiles_at(z, origins, member, horizons=(1, 3, 6)):
    past = History(z, np.zeros(z.shape[1], dtype=int), 12, 1)
    return np.array([member.quantiles(past, origin, np.array(horizons)) for origin in origins])


@pytest.mark.parametrize("candidate", [0, 9, 23])
def test_it_is_the_kalman_filter(monkeypatch, candidate):
    monkeypatch.setattr(seasonal_level, "CANDIDATES", CANDIDATES[[candidate]])
    z = waves(40, 2, 0.2)
    z[[5, 17], 0] = np.nan
    tracked = track(z, np.zeros(2, dtype=int), 12)
    level, season, wave = CANDIDATES[candidate]
    angle = np.pi / 6
    turn = np.eye(3)
    turn[1:, 1:] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    for place in range(2):
        system = System(
            np.array([1.0, 1.0, 0.0]),
            turn,
            np.diag([level, season, season]),
            1.0,
            np.array([z[0, place], 0.0, 0.0]),
            np.diag([1.0, wave, wave]),
        )
        known = np.isfinite(z[:, [place]])
        known[0] = False  # the first value is where the level starts
        exact = filter_panel(system, z[:, [place], None], known)
        np.testing.assert_allclose(tracked[-1, place, :3], exact.state[0, :, 0])
        # over several periods the variance of the path sums up what every period adds
        cov = exact.state_cov[0]
        for ahead in range(1, 6):
            center, spread = ahead_of(tracked, 12, ahead)[:, -1, place]
            state = np.linalg.matrix_power(turn, ahead - 1) @ exact.state[0, :, 0]
            assert center == pytest.approx(state[0] + state[1])
            variance = system.design @ cov @ system.design + 1.0
            assert spread**2 == pytest.approx(variance * tracked[-1, place, 13])
            cov = turn @ cov @ turn.T + system.noise
        one_ahead = gains_ahead(system, exact.state_cov, 1)[1][0, 0]
        first = ahead_of(tracked, 12, 1)[1, -1, place] ** 2 / tracked[-1, place, 13]
        assert first == pytest.approx(one_ahead)
    assert np.isnan(tracked[0]).all()


def test_it_learns_level_and_season_and_how_far_it_may_be_off():
    z = waves(96, 6, 0.15)
    origins = range(48, 90)
    made = quantiles_at(z, origins, SeasonalLevel())
    seen = np.array([z[[origin, origin + 2, origin + 5]] for origin in origins])
    low, high = made[..., 1, :], made[..., -2, :]  # at 1/16 and 15/16
    assert 0.8 < ((seen >= low) & (seen <= high)).mean() < 0.95
    other = quantiles_at(z, origins, Smoothing(0.5, seasonal=True))

    def lack(drawn):
        return np.abs(np.median(drawn, axis=2) - seen).mean()

    assert lack(made) < 0.9 * lack(other)


def test_a_series_without_a_past_leans_on_its_group():
    z = waves(60, 4, 0.2)
    z[:, 0] = np.nan
    z[:57, 1] = np.nan
    made = quantiles_at(z, [60], SeasonalLevel(), horizons=(1, 70))
    assert np.isfinite(made).all()
    assert (np.ptp(made[0, :, :, :2], axis=1) > 0).all()
    constant = quantiles_at(np.full((40, 2), 3.0), [40], SeasonalLevel(), horizons=(1, 6))
    np.testing.assert_allclose(constant, 3.0, atol=1e-3)


def test_series_with_zeros_are_forecast_as_if_it_did_not_exist(monkeypatch):
    values = bursty(70, 3, seed=5, share=0.7)
    assert ((values == 0).mean(axis=0) > REGULAR).all()
    regular = np.rint(np.exp(waves(70, 3, 0.1)))
    both = fc.AdaptivePool().fit(flows_of(np.concatenate([values, regular], axis=1)))
    choice = both.choice().filter(like="seasonal level").sum(axis=1).to_numpy()
    assert (choice[:3] == 0.0).all()
    assert (choice[3:] > 0.2).all()
    flows = flows_of(values)
    alone = fc.AdaptivePool(total_share=0.0)  # their sum may follow it
    made = alone.fit(flows).forecast(6, samples=200, seed=1)
    known = adaptive.members_for

    def without(past):
        return tuple(one for one in known(past) if not isinstance(one, SeasonalLevel))

    monkeypatch.setattr(adaptive, "members_for", without)
    assert made.equals(alone.fit(flows).forecast(6, samples=200, seed=1))


def test_alone_it_may_forecast_anything():
    flows = flows_of(bursty(40, 2, seed=1))
    made = fc.AdaptivePool(members=(SeasonalLevel(),)).fit(flows).forecast(3, samples=20)
    assert np.isfinite(made.to_numpy()).all()
