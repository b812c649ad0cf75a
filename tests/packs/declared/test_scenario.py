"""The declared scenario keeps the contract, and what is its own."""

from dataclasses import replace

import pytest

from pilothouse.decision.scenario import Question
from pilothouse.errors import NotFittedError, SchemaDriftError
from pilothouse.packs.declared.model import DeclaredModel
from pilothouse.testing.scenario import ScenarioConformance


def asked_piece(world):
    """One with three measurements that the early model has not learnt."""
    return next(piece for piece in world.pieces[210:] if len(world.times_ns[piece]) == 3)


class TestConformance(ScenarioConformance):
    @pytest.fixture
    def scenario(self, world):
        return world.scenario

    @pytest.fixture
    def model(self, early):
        return early

    @pytest.fixture
    def subject(self, world):
        return asked_piece(world)

    @pytest.fixture
    def snapshots(self, world, subject):
        first, second, _ = world.times_ns[subject]
        return [world.live(instant) for instant in (first, first + 10**9, second)]

    @pytest.fixture
    def settled(self, world, subject):
        following = world.pieces[world.pieces.index(subject) + 1]
        return world.live(world.times_ns[following][0])


def test_a_piece_that_was_not_measured_again_tells_no_outcome(world, early):
    piece = asked_piece(world)
    last_ns = world.times_ns[piece][-1]
    said = world.scenario.propose(world.live(last_ns), early, Question(subject=piece), 1)
    assert world.scenario.outcome(said, world.whole(2**62)) is None


def test_the_outcome_is_the_last_measurement_and_what_was_done_since(world, early):
    piece = asked_piece(world)
    first_ns = world.times_ns[piece][0]
    said = world.scenario.propose(world.live(first_ns), early, Question(subject=piece), 1)
    out = world.scenario.outcome(said, world.whole(2**62))
    measured = {row[1]: row[5] for row in world.frames["lf"].rows() if row[0] == piece}
    heated = [row for row in world.frames["supply"].rows() if row[0] == piece and row[1] > first_ns]
    assert out.value == measured[world.times_ns[piece][-1]]
    assert out.done == {"arc": pytest.approx(sum(row[5] for row in heated))}
    assert out.in_tolerance == (said.aim["low"] <= out.value <= said.aim["high"])


def test_worth_without_a_cost_of_missing_is_not_measurable(world, early):
    piece = asked_piece(world)
    said = world.scenario.propose(world.live(world.times_ns[piece][0]), early, Question(subject=piece), 1)
    aim = replace(world.scenario.declaration.aim, miss_cost=0.0, miss_cost_source="")
    free = replace(world.scenario, declaration=replace(world.scenario.declaration, aim=aim))
    assert world.scenario.worth(said).value is not None
    assert free.worth(said).value is None
    assert "no cost of a miss is declared" in free.worth(said).formula


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"title": "Other"}, True),
        ({"looks_back_days": 20.0}, True),
        ({"features": ()}, False),
        ({"result": "energy"}, False),
        ({"levers": ()}, False),
        ({"tasks": ()}, False),
    ],
)
def test_a_model_of_another_declaration_is_refused(world, early, changed, holds):
    other = replace(world.scenario, declaration=replace(world.scenario.declaration, **changed))
    piece = asked_piece(world)
    question, snapshot = Question(subject=piece), world.live(world.times_ns[piece][0])
    if holds:
        assert other.propose(snapshot, early, question, 1).change is not None
        return
    with pytest.raises(NotFittedError, match="declared otherwise"):
        other.propose(snapshot, early, question, 1)
    with pytest.raises(NotFittedError, match="declared otherwise"):
        other.judge(snapshot, early, [piece])


def test_limits_and_prices_may_change_without_learning_again(world, early):
    lever = replace(world.scenario.declaration.levers[0], high=700.0, price=0.2)
    other = replace(world.scenario, declaration=replace(world.scenario.declaration, levers=(lever,)))
    piece = asked_piece(world)
    said = other.propose(world.live(world.times_ns[piece][0]), early, Question(subject=piece), 1)
    assert said.change is None or said.change.points[0].high <= 700.0


def test_nothing_learnt_is_told(world):
    with pytest.raises(NotFittedError, match="nothing was learnt yet"):
        world.scenario.propose(world.live(world.after(10)), None, Question(subject="h9"), 1)


def test_too_little_to_learn_from_is_told(world):
    with pytest.raises(NotFittedError, match="at least 40 answered questions"):
        world.scenario.learn(world.whole(world.after(30)), 3, None)
    with pytest.raises(NotFittedError):
        world.scenario.learn(world.whole(0), 3, None)


def test_a_model_of_another_version_is_refused(early, tmp_path):
    early.save(tmp_path / "m")
    head = tmp_path / "m" / "model.json"
    head.write_text(head.read_text(encoding="utf-8").replace('"schema": 2', '"schema": 1'), encoding="utf-8")
    with pytest.raises(SchemaDriftError, match="expected schema 2, got 1"):
        DeclaredModel.load(tmp_path / "m")


def test_answered_are_finished_pieces_in_order(world):
    as_of_ns = world.after(50)
    table = world.scenario.answered(world.whole(as_of_ns))
    assert table["subject"].to_list() == list(world.pieces[:50])
    assert table["first_ns"].to_list() == [world.times_ns[piece][0] for piece in world.pieces[:50]]
    assert table["finished_ns"].is_sorted()
    assert (table["finished_ns"] <= as_of_ns).all()
