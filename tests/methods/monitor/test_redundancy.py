import numpy as np
import pytest

from pilothouse.methods.monitor.gap import cause, effect, learnt_from
from pilothouse.methods.monitor.redundancy import judge

N = 1_400
MATTERS = 7.0
RAMP = np.clip((np.arange(N) - (N - 100)) * 0.12, 0.0, None)
"""Over the last hundred pieces a drift to 12 K."""


class Line:
    """A furnace whose strip is as hot as its zones make it, and grains as large as the strip was hot."""

    def __init__(self, seed=1):
        self.rng = np.random.default_rng(seed)
        product = 40.0 * np.repeat(self.rng.integers(0, 3, N // 20), 20)
        self.strip = 900.0 + product + self.rng.normal(0.0, 8.0, N)
        self.zones = np.column_stack([self.strip + self.rng.normal(0.0, 3.0, N) for _ in range(4)])
        self.shown = self.strip + self.rng.normal(0.0, 2.0, N)
        self.grain_at = self.strip.copy()
        self.second = self.strip[:, None] + self.rng.normal(0.0, 2.0, (N, 1))

    def says(self, *, with_effect=True):
        rows = learnt_from(N)
        grain = np.exp(0.006 * self.grain_at + self.rng.normal(0.0, 0.06, N))
        told = [cause("zones", self.shown, self.zones, rows), cause("second", self.shown, self.second, rows)]
        if with_effect:
            told.append(effect("grain", self.shown, grain, np.zeros((N, 0)), rows))
        return judge(told, matters=MATTERS)


def test_a_quiet_line_is_quiet():
    assert [Line(seed).says().ruling for seed in range(8)] == ["quiet"] * 8


def test_a_drifting_sensor_is_named():
    line = Line()
    line.shown = line.shown + RAMP
    found = line.says()
    assert found.ruling == "sensor"
    assert found.causes.value == pytest.approx(10.0, abs=2.0)
    assert found.effects.value == pytest.approx(8.0, abs=4.0)


def test_a_sensor_in_a_loop_is_named_too_though_it_shows_what_it_always_did():
    line = Line()
    line.zones, line.second, line.grain_at = line.zones - RAMP[:, None], line.second - RAMP[:, None], line.strip - RAMP
    assert line.says().ruling == "sensor"


def test_strip_that_is_really_hotter_than_its_zones_is_the_process():
    line = Line()
    line.shown, line.grain_at = line.shown + 2.0 * RAMP, line.strip + 2.0 * RAMP
    assert line.says().ruling == "process"


def test_causes_that_contradict_each_other_are_the_process():
    line = Line()
    line.zones = line.zones - 4.0 * RAMP[:, None]
    found = line.says()
    assert found.ruling == "process"
    assert found.contradiction in {"zones", "second"}


def test_effects_that_move_alone_are_the_process():
    line = Line()
    line.grain_at = line.strip - 5.0 * RAMP
    assert line.says().ruling == "process"


def test_without_effects_nobody_can_tell():
    line = Line()
    line.shown = line.shown + RAMP
    assert line.says(with_effect=False).ruling == "unclear"
