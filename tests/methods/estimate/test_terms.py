"""Strengths of terms: found among wild rows, whatever the units, and held where nothing was learnt."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.methods.estimate.terms import TermStrengths

NAMES = ("heat", "time", "mass")
TRUE = np.array([3.0, -0.5, 0.02])


def made(rng, n=600, noise=0.5):
    terms = rng.random((n, 3)) * [10.0, 60.0, 900.0]
    return terms, 7.0 + terms @ TRUE + rng.normal(0, noise, n)


def fitted(terms, y):
    return TermStrengths.fit(NAMES, terms, y, np.ones(len(y)))


def test_strengths_are_found_and_wild_rows_do_not_bend_them():
    rng = np.random.default_rng(1)
    terms, y = made(rng)
    plain = fitted(terms, y)
    assert plain.strength == pytest.approx(TRUE, rel=0.05)
    wild = y.copy()
    wild[rng.choice(600, 30, replace=False)] += 400.0
    assert fitted(terms, wild).strength == pytest.approx(TRUE, rel=0.08)


@settings(max_examples=25, deadline=None)
@given(unit=st.lists(st.floats(1e-4, 1e4), min_size=3, max_size=3), shift=st.floats(-1e3, 1e3))
def test_units_of_terms_and_zero_of_the_result_do_not_matter(unit, shift):
    terms, y = made(np.random.default_rng(2), n=120)
    plain, other = fitted(terms, y), fitted(terms * unit, y + shift)
    assert other.strength * unit == pytest.approx(plain.strength, rel=1e-3, abs=1e-5)
    assert other.predict(terms * unit) - shift == pytest.approx(plain.predict(terms), abs=1e-2)


def test_a_row_of_no_weight_says_nothing():
    terms, y = made(np.random.default_rng(3), n=200)
    weight = np.ones(200)
    weight[150:] = 0.0
    changed = y.copy()
    changed[150:] = 1e6
    # The scale of the weights comes from all rows, so what has no weight may only move it a little.
    one, other = (TermStrengths.fit(NAMES, terms, values, weight) for values in (y, changed))
    assert one.strength == pytest.approx(other.strength, rel=0.05)


def test_a_constant_term_and_twins_do_no_harm():
    rng = np.random.default_rng(4)
    heat = rng.random(300) * 10
    y = 3.0 * heat + rng.normal(0, 0.1, 300)
    learnt = fitted(np.column_stack([heat, heat, np.full(300, 1e6)]), y)
    said = learnt.predict(np.column_stack([heat, heat, np.full(300, 1e6)]))
    assert np.isfinite(learnt.strength).all()
    assert said == pytest.approx(y, abs=1.0)


def test_beyond_what_was_seen_it_stands_still():
    terms, y = made(np.random.default_rng(5))
    learnt = fitted(terms, y)
    edge, far = learnt.high[None, :], learnt.high[None, :] * 50
    assert learnt.predict(far) == learnt.predict(edge)
    assert learnt.predict(-far) == learnt.predict(learnt.low[None, :])


def test_json_gives_it_back_exactly():
    terms, y = made(np.random.default_rng(6))
    learnt = fitted(terms, y)
    again = TermStrengths.from_json(json.loads(json.dumps(learnt.to_json())))
    assert again.names == learnt.names
    assert (again.predict(terms) == learnt.predict(terms)).all()
