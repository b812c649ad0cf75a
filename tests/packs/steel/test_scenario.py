"""The virtual test keeps the contract of scenarios, and foretells."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.scenario import Question
from pilothouse.errors import NotFittedError, SchemaDriftError
from pilothouse.packs.steel.model import SCHEMA, VirtualTestModel
from pilothouse.testing.scenario import ScenarioConformance

SUBJECT = "C75-2"


class TestConformance(ScenarioConformance):
    decides = False

    @pytest.fixture
    def scenario(self, world):
        return world.scenario

    @pytest.fixture
    def model(self, early):
        return early

    @pytest.fixture
    def subject(self):
        return SUBJECT

    @pytest.fixture
    def snapshots(self, world):
        return [world.live(world.rolled_ns[SUBJECT]), world.live(world.annealed_ns[SUBJECT])]

    @pytest.fixture
    def settled(self, world):
        return world.live(world.tested_ns[SUBJECT])


def judged(world, early):
    later = [piece for piece, ns in world.annealed_ns.items() if ns > 66 * NS_PER_DAY]
    return world.scenario.judge(world.whole(), early, later)


def percent_off(judged):
    off = 100.0 * (judged.value / judged.truth - 1.0)
    return off[np.isfinite(off)]


def test_along_the_route_the_forecast_tightens(world, early):
    found = judged(world, early)
    rolled, annealed = (percent_off(found[key]) for key in ("rolled", "annealed"))
    assert np.abs(annealed).mean() < 0.7 * np.abs(rolled).mean()
    assert np.median(found["annealed"].half_width[0.9]) < np.median(found["rolled"].half_width[0.9])


def test_the_known_physics_and_what_it_leaves_over_tell_nearly_all(world, early):
    assert np.sqrt(np.mean(percent_off(judged(world, early)["annealed"]) ** 2)) < 1.6  # the test itself: 1 %


def test_the_interval_holds_what_it_promises(world, early):
    annealed = judged(world, early)["annealed"]
    held = np.abs(annealed.value - annealed.truth) <= annealed.half_width[0.9]
    assert 0.80 < held[np.isfinite(annealed.value)].mean() < 0.98


def test_a_missing_value_is_mended_and_the_interval_widens(world, early):
    learnt = replace(early.standings["annealed"], widths=(1.0, 1.5, 2.0))
    snapshot = world.live(world.annealed_ns[SUBJECT])
    bare = replace(
        snapshot,
        frames={
            **snapshot.frames,
            "steel": snapshot.frames["steel"].with_columns(pl.when(pl.col("piece") != "H75").then("si").alias("si")),
        },
    )
    model = replace(early, standings={**early.standings, "annealed": learnt})
    whole, mended = (world.scenario.propose(s, model, Question(subject=SUBJECT), 1).forecast for s in (snapshot, bare))
    assert mended.high - mended.low == pytest.approx(1.5 * (whole.high - whole.low), rel=0.05)
    assert mended.value == pytest.approx(whole.value, rel=0.03)


def test_where_nearly_nothing_is_known_it_abstains_in_words(world, early):
    snapshot = world.live(world.annealed_ns[SUBJECT])
    empty = snapshot.frames["steel"].filter(pl.col("piece") != "H75")
    said = world.scenario.propose(
        replace(snapshot, frames={**snapshot.frames, "steel": empty}), early, Question(subject=SUBJECT), 1
    )
    assert said.forecast is None
    assert "parameters are missing or wild" in said.why[0]


def test_a_wild_value_does_not_move_the_forecast(world, early):
    snapshot = world.live(world.annealed_ns[SUBJECT])
    wild = snapshot.frames["line"].with_columns(
        pl.when(pl.col("piece") == SUBJECT)
        .then(10.0 * pl.col("grain_um"))
        .otherwise(pl.col("grain_um"))
        .alias("grain_um")
    )
    spoilt = replace(snapshot, frames={**snapshot.frames, "line": wild})
    usual, said = (world.scenario.propose(s, early, Question(subject=SUBJECT), 1).forecast for s in (snapshot, spoilt))
    assert said.value == pytest.approx(usual.value, rel=0.03)


def test_a_test_that_never_comes_is_not_waited_for(world):
    lost = world.frames["test"].filter(pl.col("piece") != SUBJECT)
    waiting = replace(world, frames={**world.frames, "test": lost})
    days = world.annealed_ns[SUBJECT] + np.array([0, 50, 61]) * NS_PER_DAY
    assert [SUBJECT in waiting.scenario.due(waiting.live(int(at))) for at in days] == [True, True, False]


def test_a_parameter_that_was_never_recorded_widens_nothing_silently(world):
    """It counts among what is missing; the forecast goes on by the rest."""
    bare = world.frames["line"].with_columns(pl.lit(None, dtype=pl.Float64).alias("tester"))
    without = replace(world, frames={**world.frames, "line": bare})
    model = without.scenario.learn(without.whole(60 * NS_PER_DAY), 1, None)
    said = without.scenario.propose(without.live(without.annealed_ns[SUBJECT]), model, Question(subject=SUBJECT), 1)
    assert said.forecast.value == pytest.approx(world.truth[SUBJECT], rel=0.06)
    base = model.standings["annealed"].base
    assert base.of(np.full((1, len(base.names)), np.nan)).replaced.tolist() == [len(base.names)]


def test_a_result_of_nothing_is_no_result(world):
    spoilt = world.frames["test"].with_columns(
        pl.when(pl.col("piece") == SUBJECT).then(0.0).otherwise(pl.col("loss")).alias("loss")
    )
    broken = replace(world, frames={**world.frames, "test": spoilt})
    assert SUBJECT in broken.scenario.due(broken.live(broken.tested_ns[SUBJECT]))


def test_learning_again_keeps_the_honest_record(world, early):
    again = world.scenario.learn(world.whole(80 * NS_PER_DAY), 1, early)
    for key, learnt in again.standings.items():
        before = early.standings[key].record
        assert learnt.record.piece[: len(before.piece)] == before.piece
        new = learnt.record.anchor_ns[len(before.piece) :]
        assert len(new)
        assert (new >= early.as_of_ns).all()
    assert again.version != early.version


def test_it_learns_from_enough_or_not_at_all(world):
    with pytest.raises(NotFittedError, match="tested pieces"):
        world.scenario.learn(world.whole(10 * NS_PER_DAY), 1, None)
    with pytest.raises(NotFittedError, match="nothing was learnt"):
        world.scenario.propose(world.live(NS_PER_DAY), None, Question(subject=SUBJECT), 1)


def test_a_model_of_something_else_is_refused(world, early):
    other = replace(early, declared="0" * 16)
    with pytest.raises(NotFittedError, match="declared otherwise"):
        world.scenario.propose(world.live(NS_PER_DAY), other, Question(subject=SUBJECT), 1)


def test_a_model_of_another_schema_is_refused(early, tmp_path):
    early.save(tmp_path / "m")
    head = tmp_path / "m" / "model.json"
    head.write_text(head.read_text().replace(f'"schema": {SCHEMA}', '"schema": 99'))
    with pytest.raises(SchemaDriftError, match="99"):
        VirtualTestModel.load(tmp_path / "m")
