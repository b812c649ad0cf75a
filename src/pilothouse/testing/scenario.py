"""What every scenario must do: subclass, give the fixtures, and run pytest.

::

    class TestMine(ScenarioConformance):
        @pytest.fixture
        def scenario(self): ...          # the scenario

        @pytest.fixture
        def model(self, scenario): ...   # what it learnt, or None where it is rules or search; learn it once

        @pytest.fixture
        def snapshots(self): ...         # of what it reads, at instants when the subject stands open

        @pytest.fixture
        def subject(self): ...           # what is asked about; at one of these instants at least there is a change

        @pytest.fixture
        def settled(self): ...           # of what it reads, when it is known what came of the subject
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import ClassVar

import polars as pl
import pytest

from pilothouse.decision.proposal import Ending, Proposal, SetPoint
from pilothouse.decision.scenario import Model, Question, Scenario
from pilothouse.decision.view import Snapshot
from pilothouse.decision.worth import Basis

SEED = 5
UNSEEN_BY_A_CHECK = ("pilothouse.methods", "pilothouse.hub", "lightgbm", "sklearn", "scipy")
"""Rooms that find answers; a check that enters one of them checks an answer by its own maker."""


class ScenarioConformance:
    """The laws of :class:`pilothouse.decision.scenario.Scenario`.

    Attributes
    ----------
    decides
        Whether it proposes changes; one that foretells and decides nothing says so with False.
    """

    decides: ClassVar[bool] = True

    @pytest.fixture
    def scenario(self) -> Scenario:
        """Give the scenario."""
        raise NotImplementedError("a conformance suite needs the fixture scenario")

    @pytest.fixture
    def model(self) -> Model | None:
        """Give what it learnt."""
        raise NotImplementedError("a conformance suite needs the fixture model")

    @pytest.fixture
    def snapshots(self) -> Sequence[Snapshot]:
        """Give snapshots at which the subject stands open."""
        raise NotImplementedError("a conformance suite needs the fixture snapshots")

    @pytest.fixture
    def subject(self) -> str:
        """Give the subject that is asked about."""
        raise NotImplementedError("a conformance suite needs the fixture subject")

    @pytest.fixture
    def settled(self) -> Snapshot:
        """Give a snapshot at which it is known what came of the subject."""
        raise NotImplementedError("a conformance suite needs the fixture settled")

    @pytest.fixture
    def proposals(
        self, scenario: Scenario, model: Model | None, snapshots: Sequence[Snapshot], subject: str
    ) -> tuple[Proposal, ...]:
        """What it proposes at each of the snapshots."""
        return tuple(scenario.propose(snapshot, model, Question(subject=subject), SEED) for snapshot in snapshots)

    @pytest.fixture
    def changes(self, proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
        """Those of them that change something; of a scenario that only foretells, those that do."""
        if not self.decides:
            assert all(proposal.change is None for proposal in proposals)
            foretold = tuple(proposal for proposal in proposals if proposal.forecast is not None)
            assert foretold, "no proposal foretells anything; choose instants at which one does"
            return foretold
        found = tuple(proposal for proposal in proposals if proposal.change is not None)
        assert found, "no proposal changes anything; choose instants at which one does"
        return found

    # ---- what it says of itself ----------------------------------------------------------------------------------

    def test_it_describes_itself(self, scenario: Scenario) -> None:
        """A key and a title; what it reads, each parameter once."""
        assert scenario.key
        assert scenario.title
        for reads in (scenario.reads, scenario.learns_from):
            parameters = [parameter for read in reads for parameter in read.parameters]
            assert parameters
            assert len(parameters) == len(set(parameters))

    def test_an_open_subject_is_due(self, scenario: Scenario, snapshots: Sequence[Snapshot], subject: str) -> None:
        """At every snapshot; each subject once, and its last moment is not ahead."""
        for snapshot in snapshots:
            due = scenario.due(snapshot)
            assert subject in due
            assert len(due) == len(set(due))
            moments = scenario.moments(snapshot, subject)
            assert list(moments) == sorted(moments)
            assert not moments or moments[-1] <= snapshot.as_of_ns

    def test_a_settled_subject_is_not_due(self, scenario: Scenario, settled: Snapshot, subject: str) -> None:
        """There is nothing left to decide."""
        assert subject not in scenario.due(settled)

    # ---- proposals -----------------------------------------------------------------------------------------------

    def test_the_same_question_has_the_same_answer(
        self,
        scenario: Scenario,
        model: Model | None,
        snapshots: Sequence[Snapshot],
        subject: str,
        proposals: tuple[Proposal, ...],
    ) -> None:
        """To the byte, and asking leaves the snapshot as it was."""
        for snapshot, said in zip(snapshots, proposals, strict=True):
            before = snapshot.fingerprint()
            copy = replace(snapshot, frames={unit: frame.clone() for unit, frame in snapshot.frames.items()})
            assert scenario.propose(copy, model, Question(subject=subject), SEED).as_json() == said.as_json()
            assert snapshot.fingerprint() == copy.fingerprint() == before

    def test_a_proposal_says_what_made_it(
        self,
        scenario: Scenario,
        model: Model | None,
        snapshots: Sequence[Snapshot],
        subject: str,
        proposals: tuple[Proposal, ...],
    ) -> None:
        """Scenario, subject, instant, data, model and seed: all that replay needs."""
        for snapshot, said in zip(snapshots, proposals, strict=True):
            assert (said.scenario, said.subject, said.seed) == (scenario.key, subject, SEED)
            assert (said.as_of_ns, said.upto, said.data) == (snapshot.as_of_ns, snapshot.upto, snapshot.fingerprint())
            assert said.valid_until_ns >= said.as_of_ns
            assert model is None or said.model == model.version
            assert Proposal.from_json(said.as_json()) == said

    def test_it_looks_at_nothing_it_did_not_ask_for(
        self,
        scenario: Scenario,
        model: Model | None,
        snapshots: Sequence[Snapshot],
        subject: str,
        proposals: tuple[Proposal, ...],
    ) -> None:
        """A unit and a parameter beside what is read change nothing but the fingerprint of the data."""
        for snapshot, said in zip(snapshots, proposals, strict=True):
            frames = {unit: frame.with_columns(pl.lit(1.0).alias("unasked")) for unit, frame in snapshot.frames.items()}
            other = next(iter(frames.values())).with_columns(pl.lit("unasked").alias("piece"))
            more = replace(snapshot, frames={**frames, "unasked": other.select(*_KEYS, "unasked")})
            answer = scenario.propose(more, model, Question(subject=subject), SEED)
            assert replace(answer, data=said.data).as_json() == said.as_json()

    def test_nothing_known_is_no_fault(
        self, scenario: Scenario, model: Model | None, snapshots: Sequence[Snapshot], subject: str
    ) -> None:
        """Without any data, and about what nobody knows, it says why it has no answer."""
        empty = replace(snapshots[0], frames={})
        for snapshot, asked in ((empty, subject), (snapshots[0], "no such subject")):
            said = scenario.propose(snapshot, model, Question(subject=asked), SEED)
            assert said.ending in (Ending.ABSTAIN, Ending.INFEASIBLE)
            assert said.why
        assert scenario.due(empty) == ()

    def test_a_change_stands_beside_what_would_be_done_anyway(
        self,
        scenario: Scenario,
        model: Model | None,
        snapshots: Sequence[Snapshot],
        subject: str,
        proposals: tuple[Proposal, ...],
        changes: tuple[Proposal, ...],
    ) -> None:
        """Never without a baseline for each lever, a forecast and a probability; ``baseline`` says the same."""
        assert changes
        for snapshot, said in zip(snapshots, proposals, strict=True):
            if said.change is None:
                continue
            assert said.baseline is not None
            assert said.forecast is not None
            assert said.probability is not None
            assert said.baseline.values.keys() == {point.lever for point in said.change.points}
            assert dict(scenario.baseline(snapshot, model, Question(subject=subject))) == dict(said.baseline.values)

    # ---- check and commands --------------------------------------------------------------------------------------

    def test_its_own_proposals_pass_the_check(self, scenario: Scenario, proposals: tuple[Proposal, ...]) -> None:
        """At the instant they were made for."""
        for said in proposals:
            assert scenario.check(said, said.as_of_ns) == ()

    @pytest.mark.parametrize("spoilt", range(8))
    def test_the_check_finds_what_was_tampered_with(
        self, scenario: Scenario, changes: tuple[Proposal, ...], spoilt: int
    ) -> None:
        """Points and ranges beyond their limits, an unknown lever, a claim too small, no baseline, out of date."""
        for said in changes:
            assert scenario.check(said, said.valid_until_ns + 1)
            if self.decides:
                tampered = _tampered(said)[spoilt]
                assert scenario.check(tampered, tampered.as_of_ns)

    def test_the_check_asks_nobody_who_finds_answers(
        self, scenario: Scenario, model: Model | None, changes: tuple[Proposal, ...]
    ) -> None:
        """While it checks, no solver runs and no model."""
        entered = _modules_entered(lambda: scenario.check(changes[0], changes[0].as_of_ns))
        homes = {type(model).__module__} - {type(scenario).__module__, "builtins"}
        assert entered
        assert not [name for name in entered if name in homes or name.startswith(UNSEEN_BY_A_CHECK)]

    def test_commands_are_the_change(self, scenario: Scenario, proposals: tuple[Proposal, ...]) -> None:
        """One each lever, and none where nothing changes."""
        for said in proposals:
            points = () if said.change is None else said.change.points
            wanted = [(said.subject, point.lever, point.value, point.unit) for point in points]
            assert [(c.subject, c.lever, c.value, c.unit) for c in scenario.commands(said)] == wanted

    # ---- outcome and worth ---------------------------------------------------------------------------------------

    def test_nothing_has_come_out_yet(
        self, scenario: Scenario, snapshots: Sequence[Snapshot], proposals: tuple[Proposal, ...]
    ) -> None:
        """At the instant of the proposal the outcome is not known."""
        for snapshot, said in zip(snapshots, proposals, strict=True):
            assert scenario.outcome(said, snapshot) is None

    def test_what_came_out_is_told_once_known(
        self, scenario: Scenario, settled: Snapshot, changes: tuple[Proposal, ...]
    ) -> None:
        """A finite value that was known after the proposal and by the time of the snapshot, and what was done."""
        for said in changes:
            out = scenario.outcome(said, settled)
            assert out is not None
            assert math.isfinite(out.value)
            assert said.as_of_ns < out.known_ns <= settled.as_of_ns
            assert said.forecast is not None
            assert out.unit == said.forecast.unit
            points = () if said.change is None else said.change.points
            assert out.done.keys() == {point.lever for point in points}

    def test_worth_says_what_it_rests_on(self, scenario: Scenario, proposals: tuple[Proposal, ...]) -> None:
        """And nothing is claimed where nothing would change."""
        for said in proposals:
            worth = scenario.worth(said)
            assert worth.formula
            assert (worth.value is None) == (worth.basis == Basis.NOT_MEASURABLE)
            assert said.change is not None or worth.value is None

    # ---- the model -----------------------------------------------------------------------------------------------

    def test_a_saved_model_is_the_same_model(
        self,
        scenario: Scenario,
        model: Model | None,
        snapshots: Sequence[Snapshot],
        subject: str,
        proposals: tuple[Proposal, ...],
        tmp_path: Path,
    ) -> None:
        """Saved, loaded and saved again: the same version, the same bytes, the same proposals; and no pickle."""
        if model is None:
            pytest.skip("this scenario learns nothing")
        model.save(tmp_path / "first")
        loaded = scenario.load(tmp_path / "first")
        loaded.save(tmp_path / "again")
        assert (loaded.version, loaded.as_of_ns, loaded.pieces) == (model.version, model.as_of_ns, model.pieces)
        assert _bytes(tmp_path / "again") == _bytes(tmp_path / "first")
        assert not [name for name in _bytes(tmp_path / "first") if Path(name).suffix in {".pkl", ".pickle", ".joblib"}]
        for snapshot, said in zip(snapshots, proposals, strict=True):
            assert scenario.propose(snapshot, loaded, Question(subject=subject), SEED).as_json() == said.as_json()


_KEYS = ("piece", "start_ns", "end_ns", "known_ns", "origin")


def _tampered(said: Proposal) -> tuple[Proposal, ...]:
    """The proposal spoilt in one way each."""
    assert said.change is not None
    assert said.probability is not None
    point = said.change.points[0]
    above, below = point.limit_high + 1.0, point.limit_low - 1.0
    return (
        _with_point(said, replace(point, value=above, high=above)),
        _with_point(said, replace(point, value=below, low=below)),
        _with_point(said, replace(point, high=above)),
        _with_point(said, replace(point, value=point.high + 1.0)),
        _with_point(said, replace(point, lever="no such lever")),
        _with_point(said, replace(point, value=math.nan)),
        replace(said, aim={**said.aim, "probability": min(said.probability * 1.01 + 1e-6, 1.1)}),
        replace(said, baseline=None),
    )


def _with_point(said: Proposal, point: SetPoint) -> Proposal:
    assert said.change is not None
    return replace(said, change=replace(said.change, points=(point, *said.change.points[1:])))


def _modules_entered(run: Callable[[], object]) -> set[str]:
    """The modules whose code runs."""
    entered: set[str] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            entered.add(str(frame.f_globals.get("__name__", "")))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(before)
    return entered - {__name__}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
