"""The domain: hardly a row of the same kind is turned away, no gross outlier gets in, and words carry the numbers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.methods.estimate.domain import Domain

P = 104


def plant(rng, n):
    """Rows of a plant with 100 features: correlated, long-tailed, rare, heavy-tailed, more and less often missing."""
    loadings = np.random.default_rng(5).normal(size=(10, 50))
    measured = rng.normal(size=(n, 10)) @ loadings + rng.normal(size=(n, 50))
    durations = np.exp(rng.normal(size=(n, 26)))
    doses = np.where(rng.random((n, 25)) < np.linspace(0.01, 0.4, 25), 30 * np.exp(rng.normal(size=(n, 25))), 0.0)
    heavy = rng.standard_cauchy((n, 3))
    rows = np.hstack([measured, durations, doses, heavy])
    rows[rng.random(rows.shape) < np.linspace(0, 0.8, P) ** 3] = np.nan
    return rows


@pytest.fixture(scope="module")
def domain():
    return Domain.fit(plant(np.random.default_rng(1), 3000), [f"x{i}" for i in range(P)])


def test_of_new_rows_of_the_same_kind_about_one_in_a_hundred_is_turned_away():
    shares = []
    for seed in range(4):
        rng = np.random.default_rng([10, seed])
        learnt = Domain.fit(plant(rng, 2000), [f"x{i}" for i in range(P)])
        shares.append(np.mean([bool(why) for why in learnt.outside(plant(rng, 2000))]))
    assert np.mean(shares) < 0.015
    assert max(shares) < 0.025


def test_few_plain_features_are_rarely_turned_away_even_when_learnt_on_few_rows():
    shares = []
    for seed in range(40):
        rng = np.random.default_rng([11, seed])
        learnt = Domain.fit(rng.normal(size=(120, 4)), list("abcd"))
        shares.append(np.mean([bool(why) for why in learnt.outside(rng.normal(size=(1000, 4)))]))
    assert np.mean(shares) < 0.02


@settings(max_examples=40)
@given(column=st.integers(0, 49), sign=st.sampled_from([-1.0, 1.0]), size=st.floats(25.0, 1e9))
def test_a_gross_outlier_in_any_measurement_is_always_caught(domain, column, sign, size):
    row = plant(np.random.default_rng(3), 1)
    row[0, column] = sign * size * domain.coordinates.spread[column]
    (why,) = domain.outside(row)
    assert any(words.startswith(f"x{column} ") and words.endswith("seen") for words in why)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_are_outside(domain, value):
    row = plant(np.random.default_rng(4), 1)
    row[0, 0] = value
    assert domain.outside(row)[0]


def test_rare_additions_within_their_range_never_speak_alone():
    rng = np.random.default_rng(6)
    rows = np.column_stack([rng.normal(1600, 15, (2000, 3)), np.zeros((2000, 30))])
    for column in range(3, 33):
        chosen = rng.choice(2000, column - 1, replace=False)
        rows[chosen, column] = rng.uniform(20, 200, column - 1)
    learnt = Domain.fit(rows, [f"x{i}" for i in range(33)])
    new = np.column_stack([np.full((900, 3), 1600.0), np.zeros((900, 30))])
    column = np.repeat(np.arange(3, 33), 30)
    seen = rows[:, column].max(axis=0)
    new[np.arange(900), column] = rng.uniform(0, 1, 900) * seen
    assert not any(learnt.outside(new))


def test_what_is_usual_alone_but_not_together_is_outside_and_names_the_misfit():
    rng = np.random.default_rng(7)
    power = rng.normal(500, 100, 1500)
    rows = np.column_stack([power, 0.2 * power + rng.normal(0, 3, 1500), rng.normal(size=1500)])
    learnt = Domain.fit(rows, ["power kW", "energy kWh", "noise"])
    inside, why = learnt.outside(np.array([[650.0, 130.0, 0.0], [650.0, 70.0, 0.0]]))
    assert inside == ()
    assert len(why) == 1
    assert "were not seen together" in why[0]
    assert "power kW 650 fits least" in why[0] or "energy kWh 70 fits least" in why[0]


def test_words_of_ranges_and_gaps_carry_their_numbers():
    rng = np.random.default_rng(8)
    rows = np.column_stack([np.linspace(1500, 1700, 400), rng.normal(size=400), np.full(400, np.nan)])
    rows[::2, 1] = np.nan
    learnt = Domain.fit(rows, ["temperature", "often missing", "never there"])
    low, gap, new, fine = learnt.outside(
        np.array([[900.0, 0, np.nan], [np.nan, 0, np.nan], [1600, 0, 7.0], [1600, np.nan, np.nan]])
    )
    assert low == ("temperature 900 is below 1500, the least seen",)
    assert gap == ("temperature is missing; it was in 0 of 400 rows seen",)
    assert new == ("never there 7 is new: it was missing in all 400 rows seen",)
    assert fine == ()


def test_every_row_seen_is_inside_but_for_about_one_in_a_hundred(domain):
    rows = plant(np.random.default_rng(1), 3000)
    assert np.mean([bool(why) for why in domain.outside(rows)]) < 0.01


def test_gross_errors_in_training_do_not_open_the_door():
    rng = np.random.default_rng(9)
    rows = rng.normal(1600, 15, (2000, 5))
    rows[[3, 400, 1500], 2] = 9999.0
    learnt = Domain.fit(rows, list("abcde"))
    row = np.full((1, 5), 1600.0)
    row[0, 2] = 2200.0
    assert learnt.outside(row)[0][0].startswith("c 2200 is above 16")


def test_where_all_is_missing_now_and_then_a_gap_more_is_forgiven():
    rng = np.random.default_rng(12)
    rows = rng.normal(size=(100, 60))
    rows[rng.random(rows.shape) < 0.01] = np.nan
    learnt = Domain.fit(rows, [f"x{i}" for i in range(60)])
    new = rng.normal(size=(2000, 60))
    new[rng.random(new.shape) < 0.01] = np.nan
    missing = [any("missing" in words for words in why) for why in learnt.outside(new)]
    assert learnt.forgiven > 0
    assert np.mean(missing) < 0.05
    assert any("missing" in words for words in learnt.outside(np.full((1, 60), np.nan))[0])


def test_json_gives_back_the_same_judgement(domain):
    again = Domain.from_dict(json.loads(json.dumps(domain.to_dict(), allow_nan=False)))
    rows = plant(np.random.default_rng(13), 500)
    rows[::5, 3] *= 20
    assert any(domain.outside(rows))
    assert again.outside(rows) == domain.outside(rows)
    assert again.to_dict() == domain.to_dict()


def test_one_feature_has_no_combination_and_still_a_domain():
    learnt = Domain.fit(np.arange(40.0)[:, None], ["a"])
    assert learnt.combination is None
    again = Domain.from_dict(learnt.to_dict())
    assert [bool(why) for why in again.outside(np.array([[20.0], [400.0]]))] == [False, True]


def test_no_rows_give_no_answers(domain):
    assert domain.outside(np.empty((0, P))) == ()


def test_misuse_says_what_was_expected(domain):
    with pytest.raises(DataError, match="at least 20 training rows, got 3"):
        Domain.fit(np.zeros((3, 2)), ["a", "b"])
    with pytest.raises(DataError, match=r"2 features, got an array of shape \(30, 3\)"):
        Domain.fit(np.zeros((30, 3)), ["a", "b"])
    with pytest.raises(DataError, match=f"{P} features"):
        domain.outside(np.zeros((1, P + 1)))


@pytest.mark.parametrize(
    "damage",
    [
        {"format": "domain-0"},
        {"low": [1.0]},
        {"high": None},
        {"names": None},
        {"missing": ["a"]},
        {"columns": [0, P]},
        {"combination": {"mean": []}},
        {"combination": {"mean": [0.0], "precision": [[1.0]], "limit": 3.0}},
    ],
    ids=str,
)
def test_damaged_stores_are_told(domain, damage):
    with pytest.raises(SchemaDriftError, match="Learn the model again"):
        Domain.from_dict({**domain.to_dict(), **damage})


def test_a_missing_part_is_told(domain):
    stored = domain.to_dict()
    del stored["spread"]
    with pytest.raises(SchemaDriftError, match="spread"):
        Domain.from_dict(stored)
