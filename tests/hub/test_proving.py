"""Forward in time: what each block's model may know, which model is used, and what is made of the answers."""

import json

import numpy as np
import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.authority import RULE, authority
from pilothouse.errors import DataError, NotFittedError
from pilothouse.hub.proving import evidence, figures, prove, until_fraction


@pytest.fixture
def many(open_kettle):
    kettle = open_kettle(names=("first",))
    kettle.run(60)
    return kettle


def proved(kettle, place=40, every=10, **more):
    count = kettle.scenario.answered(kettle.hub.view(kettle.now_ns).snapshot(kettle.scenario.learns_from)).height
    return prove(kettle.hub, kettle.scenario, from_fraction=(place + 0.5) / count, every=every, seed=1, **more)


def test_each_block_is_judged_by_a_model_of_what_was_known_before_it(many):
    proof = proved(many)
    assert [snapshot.as_of_ns for snapshot in many.scenario.learnt] == [many.at(40) - 1, many.at(50) - 1]
    for snapshot in many.scenario.learnt:
        assert snapshot.observations("level")["known_ns"].max() <= snapshot.as_of_ns
    assert len(proof.models) == 2
    assert proof.subjects == proof.tasks["end"].score.n == 20
    assert (proof.first_ns, proof.last_ns) == (many.at(40), many.at(59) + 5 * NS_PER_MIN)


def test_the_figures_are_those_of_the_forecasts(many):
    proof = proved(many)
    task = proof.tasks["end"]
    order = np.argsort(task.judged.anchor_ns)
    changes = {}
    for number, snapshot in zip((40, 50), many.scenario.learnt, strict=True):
        done = many.scenario.brews(snapshot).drop_nulls()
        changes[number] = float((done["second"] - done["first"]).mean())
    everything = many.scenario.brews(many.hub.view(many.now_ns).snapshot(many.scenario.learns_from))
    brews = everything[40:]
    expected = brews["first"].to_numpy() + np.repeat([changes[40], changes[50]], 10)
    truth = brews["second"].to_numpy()
    assert task.judged.value[order] == pytest.approx(expected)
    assert task.score.mae == pytest.approx(np.abs(expected - truth).mean())
    as_before = np.concatenate([[everything["second"][39]], truth[:-1]])
    assert task.peers["last piece"].mae == pytest.approx(np.abs(as_before - truth).mean())
    assert set(task.peers) == {"mean", "ridge", "plain LightGBM", "last piece"}


def test_the_future_can_be_anything(many, open_kettle):
    """Other brews from the forty-fifth on: what was said before them stays to the last bit."""
    other = open_kettle(names=("first",))
    other.run(45)
    for number in range(45, 60):
        other.brew(number, 30.0, 99.0)
    other.now_ns = many.now_ns
    said = [proved(kettle, every=5).tasks["end"] for kettle in (many, other)]
    told = [dict(zip(t.judged.subject, t.judged.value, strict=True)) for t in said]
    before = [f"brew-{number}" for number in range(40, 45)]
    assert [told[0][brew] for brew in before] == [told[1][brew] for brew in before]
    assert told[0]["brew-59"] != told[1]["brew-59"]


def test_the_live_model_is_used_where_it_is_just_that(many):
    learnt = many.hub.learn(many.scenario, as_of_ns=many.at(40) - 1, seed=1)
    assert proved(many).models[0] == learnt.version
    assert len(many.scenario.learnt) == 2  # by hand, and for the second block


@pytest.mark.parametrize("other", ["seed", "instant", "data", "newer"])
def test_a_model_of_something_else_is_not_used(many, other):
    seed = 2 if other == "seed" else 1
    place = 39 if other == "instant" else 40
    many.hub.learn(many.scenario, as_of_ns=many.at(place) - 1, seed=seed)
    if other == "data":
        many.brew(-5, 50.0, 90.0)
        place = 41
    if other == "newer":
        many.hub.learn(many.scenario, as_of_ns=many.now_ns, seed=1)
    before = len(many.scenario.learnt)
    proved(many, place=41 if other == "data" else 40)
    assert len(many.scenario.learnt) == before + 2


def test_the_same_again_is_the_same(many):
    told = [figures(proved(many)) for _ in range(2)]
    for one in told:
        assert one.pop("seconds") >= 0.0
    assert told[0] == told[1]
    json.dumps(told, allow_nan=False)


def test_the_share_of_learning_meets_the_share_of_proving(many):
    """`learn --until-fraction` and `prove --from-fraction` mean the same instant."""
    instant_ns = until_fraction(many.hub, many.scenario, 0.5)
    assert instant_ns == many.at(30) - 1
    prove(many.hub, many.scenario, from_fraction=0.5, seed=1)
    assert many.scenario.learnt[0].as_of_ns == instant_ns
    assert until_fraction(many.hub, many.scenario, 1.0) == many.now_ns


def test_pieces_that_overlap_are_not_learnt_from_halfway(open_kettle):
    """A brew that began before another one ended: the instant lies before the first question of the whole block."""
    kettle = open_kettle()
    for number in range(40):
        kettle.brew(number, 60.0, 80.0, per=2)  # the next one begins three minutes before this one ends
    kettle.now_ns = kettle.at(40)
    prove(kettle.hub, kettle.scenario, from_fraction=0.5, seed=1)
    (snapshot,) = kettle.scenario.learnt
    done = kettle.scenario.brews(snapshot).drop_nulls()
    assert done.height < 20
    assert snapshot.as_of_ns == until_fraction(kettle.hub, kettle.scenario, 0.5)


def test_both_sides_need_subjects(many):
    for fraction in (0.0, 1.0):
        with pytest.raises(DataError, match="both sides"):
            prove(many.hub, many.scenario, from_fraction=fraction, seed=1)
    with pytest.raises(NotFittedError):
        proved(many, place=2)


def test_where_everything_is_abstained_from_figures_are_none(open_kettle):
    kettle = open_kettle(abstains=True, names=("first",))
    kettle.run(60)
    proof = proved(kettle)
    told = figures(proof)["end"]
    assert told["n"] == 20
    assert told["abstained"] == 1.0
    assert told["mae"] is told["coverage"] is told["lightgbm_width_at_same_coverage"] is None
    assert told["peers"] == {}
    json.dumps(told, allow_nan=False)
    shown = evidence(proof)
    assert (shown.n, shown.coverage) == (0, None)
    assert authority(RULE, shown, "observe") is None


def test_a_fifth_that_is_hardly_covered_fails_the_guard(open_kettle):
    kettle = open_kettle()
    kettle.run(50)
    for number in range(50, 60):
        kettle.brew(number, 60.0, 99.0)
    kettle.now_ns = kettle.at(60)
    assert "coverage" in evidence(proved(kettle, place=10, every=100)).failing
    sound = open_kettle()
    sound.run(60)
    assert "coverage" not in evidence(proved(sound, place=10, every=100)).failing


def test_progress_is_told_block_by_block(many):
    told = []
    proved(many, every=7, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
