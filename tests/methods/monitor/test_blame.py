"""Blame: a sensor's drift is told from a process that moves, and the evidence stands beside it."""

import numpy as np
import pytest

from pilothouse.errors import DataError
from pilothouse.methods.monitor.blame import blame

DRAWS = 30


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_a_drift_of_one_sensor_is_blamed_on_it(unit, watched, phi):
    right = 0
    for seed in range(DRAWS):
        rng = np.random.default_rng([1, seed])
        rows = unit(rng, 860, phi=phi)
        watch, k = watched(rows), int(rng.integers(12))
        rows[800:, k] += np.linspace(0.0, 6.0, 60) * watch.scale[k] * rng.choice([-1.0, 1.0])
        said = blame(watch, rows[800:])
        right += said.verdict == "sensor" and said.suspects[0].name == f"x{k}"
    assert right >= 0.9 * DRAWS


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_the_shift_of_a_latent_factor_is_the_processs(unit, watched, factor, phi):
    verdicts = []
    for seed in range(DRAWS):
        rows = unit(np.random.default_rng([2, seed]), 860, phi=phi)
        watch = watched(rows)
        verdicts.append(blame(watch, rows[800:] + 6.0 * factor(seed % 3)).verdict)
    assert verdicts.count("process") >= 0.9 * DRAWS
    assert "sensor" not in verdicts


def test_normal_rows_are_hardly_ever_blamed_on_anybody(unit, watched):
    verdicts = []
    for seed in range(DRAWS):
        rows = unit(np.random.default_rng([3, seed]), 820, phi=0.5)
        verdicts.append(blame(watched(rows), rows[800:]).verdict)
    assert verdicts.count("unclear") >= 0.9 * DRAWS


def test_the_evidence_is_in_numbers(unit, watched):
    rows = unit(np.random.default_rng(4), 820)
    watch = watched(rows)
    rows[800:, 7] += 8.0 * watch.scale[7]
    said = blame(watch, rows[800:], most=3)
    first = said.suspects[0]
    assert len(said.suspects) == 3
    assert (said.verdict, first.name) == ("sensor", "x7")
    assert first.observed - first.expected == pytest.approx(8.0 * watch.scale[7], rel=0.2)
    assert said.without_first < said.distance_limit < said.distance
    assert first.explains == pytest.approx(1.0 - said.without_first / said.distance)
    assert said.oddness_of_others < said.oddness_limit < first.oddness


def test_what_is_driven_has_no_sensor_to_blame(unit, watched):
    rows = unit(np.random.default_rng(5), 820)
    watch = watched(rows)
    rows[800:, 7] += 8.0 * watch.scale[7]
    assert blame(watch, rows[800:], driven={"x7"}).verdict == "process"
    assert blame(watch, rows[800:], driven={"x8"}).verdict == "sensor"


def test_a_sensor_that_is_not_there_does_not_hide_another(unit, watched):
    rows = unit(np.random.default_rng(6), 820)
    watch = watched(rows)
    rows[800:, 7] += 8.0 * watch.scale[7]
    rows[800:, 2] = np.nan
    said = blame(watch, rows[800:])
    assert (said.verdict, said.suspects[0].name) == ("sensor", "x7")


def test_too_few_rows_are_told(unit, watched):
    rows = unit(np.random.default_rng(7), 820)
    with pytest.raises(DataError, match="at least 10 rows"):
        blame(watched(rows), rows[800:809])
