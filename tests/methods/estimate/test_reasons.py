"""Reasons: exact on linear models, silent on what does not matter, honest where facts act only together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilothouse.methods.estimate.reasons import verified_reasons

small = st.integers(-20, 20).map(float)


@settings(max_examples=80)
@given(
    weights=arrays(float, 6, elements=small),
    row=arrays(float, 6, elements=small),
    usual=arrays(float, 6, elements=small),
)
def test_effects_on_a_linear_model_are_exact_sorted_and_add_up(weights, row, usual):
    groups = {"a": [0, 1], "b": [2], "c": [3, 4], "d": [5]}
    explained = verified_reasons(lambda x: x @ weights + 3.0, row, usual, groups, floor=0.5)
    part = weights * (row - usual)
    exact = {name: part[columns].sum() for name, columns in groups.items()}
    assert {fact.name: fact.effect for fact in explained.facts} == {n: e for n, e in exact.items() if abs(e) > 0.5}
    sizes = [abs(fact.effect) for fact in explained.facts]
    assert sizes == sorted(sizes, reverse=True)
    assert explained.joint == sum(fact.effect for fact in explained.facts)
    assert explained.additive
    assert explained.prediction == row @ weights + 3.0


@settings(max_examples=40)
@given(row=arrays(float, 4, elements=small))
def test_what_the_model_does_not_use_is_never_a_reason(row):
    explained = verified_reasons(
        lambda x: np.sin(x[:, 0]) * 5 + x[:, 1] ** 2,
        row,
        np.zeros(4),
        {n: [i] for i, n in enumerate("abcd")},
        floor=1e-9,
    )
    assert {fact.name for fact in (*explained.facts, *explained.entangled)} <= {"a", "b"}


def test_facts_that_only_act_together_are_flagged():
    explained = verified_reasons(
        lambda x: 10.0 * (x[:, 0] != x[:, 1]), np.array([1.0, 1.0]), np.zeros(2), {"a": [0], "b": [1]}, floor=1.0
    )
    # Each alone takes the prediction from 0 to 10; both together leave it where it was.
    assert [fact.effect for fact in explained.facts] == [-10.0]
    assert [fact.effect for fact in explained.entangled] == [-10.0]
    assert not explained.additive
    assert explained.joint == -10.0


def test_a_third_plain_fact_stays_a_reason_beside_entangled_ones():
    explained = verified_reasons(
        lambda x: 50.0 * x[:, 2] + 10.0 * (x[:, 0] != x[:, 1]),
        np.ones(3),
        np.zeros(3),
        {"a": [0], "b": [1], "c": [2]},
        floor=1.0,
    )
    assert explained.facts[0].name == "c"
    assert explained.facts[0].effect == 50.0


def test_a_floor_keeps_small_effects_out():
    predict = lambda x: 5.0 * x[:, 0] + 0.9 * x[:, 1]  # noqa: E731
    explained = verified_reasons(predict, np.ones(2), np.zeros(2), {"a": [0], "b": [1]}, floor=1.0)
    assert [fact.name for fact in explained.facts] == ["a"]
    assert explained.joint == 5.0


def test_only_the_strongest_are_told():
    weights = np.arange(1.0, 9.0)
    groups = {f"x{i}": [i] for i in range(8)}
    explained = verified_reasons(lambda x: x @ weights, np.ones(8), np.zeros(8), groups, floor=0.1, at_most=3)
    assert [fact.name for fact in explained.facts] == ["x7", "x6", "x5"]
    assert explained.joint == 21.0


def test_facts_that_cancel_are_both_reasons():
    explained = verified_reasons(
        lambda x: 8.0 * x[:, 0] - 8.0 * x[:, 1], np.ones(2), np.zeros(2), {"b": [1], "a": [0]}, floor=1.0
    )
    assert [(fact.name, fact.effect) for fact in explained.facts] == [("a", 8.0), ("b", -8.0)]
    assert explained.joint == 0.0
    assert explained.additive


def test_saturation_within_half_is_still_consistent():
    explained = verified_reasons(
        lambda x: np.minimum(x.sum(axis=1), 12.0), np.array([8.0, 8.0]), np.zeros(2), {"a": [0], "b": [1]}, floor=1.0
    )
    assert [fact.effect for fact in explained.facts] == [4.0, 4.0]
    assert explained.joint == 12.0


def test_being_missing_can_be_a_reason_and_can_be_usual():
    predict = lambda x: np.where(np.isnan(x[:, 0]), 7.0, 0.0)  # noqa: E731
    gone = verified_reasons(predict, np.array([np.nan]), np.array([1.0]), {"a": [0]}, floor=1.0)
    assert [fact.effect for fact in gone.facts] == [7.0]
    usual = verified_reasons(predict, np.array([np.nan]), np.array([np.nan]), {"a": [0]}, floor=1.0)
    assert usual.facts == ()
    assert usual.joint == 0.0


def test_the_model_is_asked_twice_and_only_about_facts_that_are_unusual():
    asked = []

    def predict(x):
        asked.append(len(x))
        return x[:, 0] + x[:, 1]

    row = np.array([5.0, 3.0, 0.0, 0.0])
    verified_reasons(predict, row, np.zeros(4), {n: [i] for i, n in enumerate("abcd")}, floor=0.1)
    assert asked == [3, 2]


def test_misuse_is_told():
    predict = lambda x: x[:, 0]  # noqa: E731
    with pytest.raises(ValueError, match="one shape"):
        verified_reasons(predict, np.ones(2), np.zeros(3), {}, floor=1.0)
    with pytest.raises(ValueError, match=r"group 'a' has columns \[2\], expected 0 to 1"):
        verified_reasons(predict, np.ones(2), np.zeros(2), {"a": [2]}, floor=1.0)
    with pytest.raises(ValueError, match="floor"):
        verified_reasons(predict, np.ones(2), np.zeros(2), {"a": [0]}, floor=-1.0)
