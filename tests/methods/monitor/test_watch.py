"""The watch: its stated false-alarm rate on new normal rows, with and without autocorrelation and gaps."""

import numpy as np
import pytest

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.methods.monitor.latent import Latent
from pilothouse.methods.monitor.watch import Watch

DRAWS = 25


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_one_in_a_hundred_new_normal_rows_raises_an_alarm(unit, watched, phi):
    """Between draws the rate has a standard deviation of 0.6 to 0.8 %: three standard errors are 0.4 %."""
    rates = []
    for seed in range(DRAWS):
        rows = unit(np.random.default_rng([1, seed]), 1800, phi=phi)
        rates.append(watched(rows).over(rows[800:]).alarm.mean())
    assert np.mean(rates) == pytest.approx(0.01, abs=0.0045)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_missing_values_do_not_raise_the_rate(unit, watched, phi):
    """Learnt on whole rows, a fifth of the values missing later on: that alone is no surprise."""
    whole, gappy = [], []
    for seed in range(8):
        rng = np.random.default_rng([2, seed])
        rows = unit(rng, 1400, phi=phi)
        watch = watched(rows)
        whole.append(watch.over(rows[800:]).alarm.mean())
        rows[800:][rng.random((600, 12)) < 0.2] = np.nan
        gappy.append(watch.over(rows[800:]).alarm.mean())
    assert np.mean(gappy) < np.mean(whole) + 0.004


def test_learnt_on_gappy_rows_the_rate_holds(unit, watched):
    rates = []
    for seed in range(12):
        rows = unit(np.random.default_rng([3, seed]), 1400, phi=0.5, missing=0.1)
        rates.append(watched(rows).over(rows[800:]).alarm.mean())
    assert np.mean(rates) == pytest.approx(0.01, abs=0.008)


def test_a_row_with_nothing_in_it_raises_no_alarm(unit, watched):
    rows = unit(np.random.default_rng(4), 900, phi=0.8)
    rows[820:840] = np.nan
    assert not watched(rows).over(rows[800:]).alarm[20:40].any()


def test_a_lasting_small_shift_is_noticed_and_stays_so(unit, watched):
    """One sensor off by two of its residual spreads: hardly seen in a single row."""
    shares = []
    for seed in range(10):
        rows = unit(np.random.default_rng([5, seed]), 1000)
        watch = watched(rows)
        rows[850:, 3] += 2.0 * watch.scale[3]
        seen = watch.over(rows[850:], before=rows[800:850])
        shares.append([seen.alarm[25:].mean(), (seen.spe > watch.spe_limit)[25:].mean()])
    ours, spe = np.mean(shares, axis=0)
    assert ours > 0.9
    assert spe < 0.5


def test_rows_before_give_a_past(unit, watched):
    rows = unit(np.random.default_rng(6), 1000, phi=0.5)
    watch = watched(rows)
    at_once, later = watch.over(rows[800:]), watch.over(rows[900:], before=rows[800:900])
    assert np.allclose(at_once.charts[100:], later.charts)
    assert later.judged.all()
    assert at_once.judged.sum() == 195
    assert at_once.chart(0) in {"common", "relations", "lasting"}


def test_kept_as_arrays_and_back(tmp_path, unit, watched):
    rows = unit(np.random.default_rng(7), 900)
    watch = watched(rows)
    np.savez(tmp_path / "watch.npz", **watch.to_arrays())
    with np.load(tmp_path / "watch.npz", allow_pickle=False) as stored:
        kept = dict(stored)
    back = Watch.from_arrays(kept)
    assert np.array_equal(back.over(rows).charts, watch.over(rows).charts)
    assert (back.limit, back.rows, back.effective) == (watch.limit, watch.rows, watch.effective)
    del kept["limit"]
    with pytest.raises(SchemaDriftError, match="watch"):
        Watch.from_arrays(kept)


def test_too_few_rows_to_calibrate_on_are_told(unit, watched):
    with pytest.raises(DataError, match="at least 40"):
        watched(unit(np.random.default_rng(8), 530))


def test_two_hundred_parameters_are_no_burden():
    rng = np.random.default_rng(9)
    rows = rng.normal(size=(900, 6)) @ rng.normal(size=(6, 200)) + rng.normal(size=(900, 200))
    watch = Watch.calibrate(Latent.fit(rows[:450], [f"x{k}" for k in range(200)]), rows[450:700])
    assert watch.latent.components == 6
    assert watch.over(rows[700:]).alarm.mean() < 0.05
