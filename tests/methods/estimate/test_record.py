import json

import numpy as np
import pytest

from pilothouse.methods.estimate.forward import FOLDED
from pilothouse.methods.estimate.record import LEAST_WATCHED, Record, corrected, standing, watch


def record(error, start=0):
    n = len(error)
    at = 100 * (start + np.arange(n))
    return Record(
        piece=tuple(f"p{start + k}" for k in range(n)), anchor_ns=at, known_ns=at + 50, error=np.asarray(error, float)
    )


def test_records_join_in_order_and_only_the_latest_count():
    both = record([1.0, 2.0]) + record([3.0], start=2)
    assert both.piece == ("p0", "p1", "p2")
    assert both.error.tolist() == [1.0, 2.0, 3.0]
    long = record(np.zeros(FOLDED + 5))
    assert len(long.latest().error) == FOLDED
    assert long.latest().piece[-1] == long.piece[-1]


def test_it_goes_through_json_unchanged():
    told = record([0.5, -1.25])
    again = Record.from_json(json.loads(json.dumps(told.to_json())))
    assert again.piece == told.piece
    assert np.array_equal(again.error, told.error)
    assert again.known_ns.dtype == np.int64


def test_forecasts_are_corrected_and_bounded_by_what_was_known_before_them():
    rng = np.random.default_rng(0)
    before, now = record(rng.normal(2.0, 1.0, 400)), record(rng.normal(2.0, 1.0, 200), start=400)
    said = np.full(200, 10.0)
    found = corrected(said, np.full(200, 3.0), before, now, (0.5, 0.9))
    assert found.value.mean() == pytest.approx(10.0 + 3.0 * 2.0, abs=1.8)
    left = np.abs(10.0 + 3.0 * now.error - found.value)
    assert 0.85 < (left <= found.half_width[0.9]).mean() < 0.95
    assert (found.half_width[0.5] < found.half_width[0.9]).all()
    unknown = corrected(said, np.ones(200), Record.empty(), record(np.full(200, np.nan)), (0.9,))
    assert np.isnan(unknown.half_width[0.9]).all()
    assert np.array_equal(unknown.value, said)


def test_the_watch_is_silent_on_few_and_on_usual_and_speaks_on_a_shift():
    rng = np.random.default_rng(1)
    few = record(rng.normal(0, 1, LEAST_WATCHED - 1) + 9.0)
    assert standing(watch(few, np.zeros(len(few.error)))) == ()
    usual = rng.normal(0, 1, 300)
    assert standing(watch(record(usual), np.zeros(300))) == ()
    shifted = np.concatenate([usual, rng.normal(4.0, 1, 40)])
    assert standing(watch(record(shifted), np.zeros(340)))
