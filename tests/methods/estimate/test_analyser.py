"""An analyser beside a forecast: its bias is followed, siblings help, faults and the future tell nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pilothouse.clock import NS_PER_DAY
from pilothouse.methods.estimate.analyser import LEAST_TOLD, TERMS, AnalyserLine, Differences

PER_HEAT, A_DAY = 10, 30
OWN, SHARED, ANALYSER, TEST = 0.015, 0.010, 0.020, 0.010


def pieces(n=1500, seed=0, wander=0.02):
    """What a forecast does not know of each piece, read by an analyser whose bias swings in three weeks."""
    rng = np.random.default_rng(seed)
    heat = np.arange(n) // PER_HEAT
    unknown = OWN * rng.normal(size=n) + (SHARED * rng.normal(size=n))[heat]
    at = np.arange(n) * (NS_PER_DAY // A_DAY)
    bias = wander * np.sin(2.0 * np.pi * at / (21.0 * NS_PER_DAY))
    return Differences(
        origin=tuple(f"H{k}" for k in heat),
        anchor_ns=at,
        known_ns=at + NS_PER_DAY,
        reading=unknown + bias + ANALYSER * rng.normal(size=n),
        error=unknown + TEST * rng.normal(size=n),
    )


def rms(values):
    return float(np.sqrt(np.mean(values[200:] ** 2)))


def test_a_forecast_is_nearer_with_the_analyser():
    line, later = AnalyserLine.fit(pieces()), pieces(seed=1)
    left = rms(later.error - line.correction(later))
    assert left < 0.85 * rms(later.error)
    assert left > TEST  # nobody foretells the scatter of the test


def test_its_bias_is_followed():
    """A line that sees the own reading alone is worse, and wandering costs little."""
    line, later = AnalyserLine.fit(pieces()), pieces(seed=1)
    alone = replace(line.strengths, strength=line.strengths.strength * np.array([1.0, 0.0, 0.0, 0.0]))
    assert rms(later.error - line.correction(later)) < 0.97 * rms(
        later.error - replace(line, strengths=alone).correction(later)
    )
    own, recent = (line.strengths.strength[TERMS.index(name)] for name in ("own reading", "recent readings"))
    assert own > 0.0 > recent


def test_siblings_tell_of_a_piece():
    line, later = AnalyserLine.fit(pieces()), pieces(seed=1)
    strangers = replace(later, origin=tuple(f"P{k}" for k in range(len(later.origin))))
    assert line.strengths.strength[TERMS.index("readings of siblings")] > 0.1
    assert rms(later.error - line.correction(later)) < rms(later.error - line.correction(strangers))


@pytest.mark.parametrize("place", [0, 700, 1499])
def test_what_is_known_later_does_not_touch_a_correction(place):
    line, told = AnalyserLine.fit(pieces()), pieces(seed=2)
    at = told.anchor_ns[place]
    rng = np.random.default_rng(5)
    changed = replace(
        told,
        reading=np.where(told.anchor_ns > at, rng.normal(0.0, 0.01, 1500), told.reading),
        error=np.where(told.known_ns >= at, rng.normal(0.0, 0.01, 1500), told.error),
    )
    assert line.correction(changed)[place] == line.correction(told)[place]
    heard = told.anchor_ns <= at
    alone = Differences(
        origin=told.origin[: int(heard.sum())],
        anchor_ns=told.anchor_ns[heard],
        known_ns=told.known_ns[heard],
        reading=told.reading[heard],
        error=np.where(told.known_ns < at, told.error, np.nan)[heard],
    )
    assert line.correction(alone)[place] == pytest.approx(line.correction(told)[place], abs=1e-15)


def test_a_fault_tells_nothing():
    line, told = AnalyserLine.fit(pieces()), pieces(seed=3)
    wild = replace(told, reading=np.where(np.arange(1500) % 7 == 0, 9.0, told.reading))
    missing = replace(told, reading=np.where(np.arange(1500) % 7 == 0, np.nan, told.reading))
    assert np.array_equal(line.correction(wild), line.correction(missing))
    assert np.isfinite(line.correction(missing)).all()
    spoilt = pieces()
    spoilt = replace(spoilt, error=np.where(np.arange(1500) % 50 == 0, 5.0, spoilt.error))
    refit = AnalyserLine.fit(spoilt)
    assert refit.strengths.strength == pytest.approx(line.strengths.strength, abs=0.15)


def test_of_few_pieces_there_is_no_line():
    few = pieces(LEAST_TOLD)
    assert AnalyserLine.fit(few) is not None
    assert AnalyserLine.fit(replace(few, error=np.where(np.arange(LEAST_TOLD) == 3, np.nan, few.error))) is None
    assert AnalyserLine.fit(Differences.empty()) is None


def test_they_go_through_json_unchanged():
    told = pieces(300)
    told = replace(told, reading=np.where(np.arange(300) == 3, np.nan, told.reading))
    line = AnalyserLine.fit(told)
    again = Differences.from_json(json.loads(json.dumps(told.to_json(), allow_nan=False)))
    back = AnalyserLine.from_json(json.loads(json.dumps(line.to_json())))
    assert again.origin == told.origin
    assert again.anchor_ns.dtype == np.int64
    assert np.array_equal(back.correction(again), line.correction(told))
    assert np.array_equal((told + told).error, np.tile(told.error, 2), equal_nan=True)
