"""The suite must catch what it is for: scenarios with one fault each."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

import polars as pl
import pytest

from pilothouse.decision.check import LeverLimits, check_set_points
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, SetPoint, SetPoints
from pilothouse.decision.scenario import CameOut, Command, Question
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import Basis, Worth, model_based_worth
from pilothouse.methods.setpoint.lever import Aim
from pilothouse.testing.scenario import SEED, ScenarioConformance

LIMITS = {"arc": LeverLimits(low=0.0, high=100.0, source="transformer")}
SUBJECT = "h1"


@dataclass(frozen=True)
class Rule:
    """What the scenario below "learnt": how much is usually heated."""

    usual: float
    version: str = "v1"
    as_of_ns: int = 0
    pieces: int = 3

    def save(self, folder):
        folder.mkdir()
        (folder / "rule.json").write_text(json.dumps({"usual": self.usual}), encoding="utf-8")


@dataclass(frozen=True)
class Sound:
    """A scenario of a few lines: heat 2 kWh for each degree below 1600; settled when measured after its proposal."""

    key: str = "rule"
    title: str = "A rule"
    reads: tuple[Read, ...] = (Read(parameters=("t",)),)
    learns_from: tuple[Read, ...] = (Read(parameters=("t",)),)
    wishes: tuple[str, ...] = ()
    seen: dict = field(default_factory=dict)

    def _measured(self, snapshot, subject):
        return snapshot.observations("t").filter(pl.col("piece") == subject)

    def moments(self, snapshot, subject):
        return tuple(self._measured(snapshot, subject)["known_ns"].to_list())

    def due(self, snapshot):
        table = snapshot.observations("t")
        return tuple(p for p in table["piece"].unique().sort() if table.filter(pl.col("piece") == p).height < 3)

    def learn(self, snapshot, seed, previous):
        return Rule(usual=10.0)

    def load(self, folder):
        return Rule(**json.loads((folder / "rule.json").read_text(encoding="utf-8")))

    def baseline(self, snapshot, model, question):
        return {"arc": model.usual}

    def propose(self, snapshot, model, question, seed):
        measured = self._measured(snapshot, question.subject)
        common = {
            "scenario": self.key,
            "subject": question.subject,
            "as_of_ns": snapshot.as_of_ns,
            "valid_until_ns": snapshot.as_of_ns + 100,
            "reasons": (),
            "model": model.version,
            "data": snapshot.fingerprint(),
            "upto": snapshot.upto,
            "seed": seed,
        }
        nothing = {"change": None, "forecast": None, "probability": None, "aim": {}, "baseline": None}
        if measured.is_empty():
            return Proposal(ending=Ending.ABSTAIN, why=("not measured",), **nothing, **common)
        return Proposal(ending=Ending.OPTIMAL, why=(), **self._answer(model, measured["value"][-1]), **common)

    def _answer(self, model, now):
        value = 2.0 * (1600.0 - now)
        point = SetPoint(
            lever="arc",
            name="Arc",
            unit="kWh",
            value=value,
            low=value - 5.0,
            high=value + 5.0,
            cost_low=0.0,
            cost_high=1.0,
            limit_low=0.0,
            limit_high=100.0,
            limit_source="transformer",
        )
        forecast = Forecast(value=1600.0, low=1590.0, high=1610.0, unit="degC", coverage=0.9)
        return {
            "change": SetPoints(points=(point,), cost=value, currency="EUR"),
            "forecast": forecast,
            "probability": 0.9,
            "aim": {"low": 1590.0, "high": 1610.0, "probability": 0.8},
            "baseline": Baseline(values={"arc": model.usual}, cost=1.0, forecast=forecast, probability=0.5),
        }

    def check(self, proposal, now_ns):
        return check_set_points(proposal, LIMITS, now_ns=now_ns)

    def commands(self, proposal):
        points = proposal.change.points if proposal.change else ()
        return tuple(Command(subject=proposal.subject, lever=p.lever, value=p.value, unit=p.unit) for p in points)

    def outcome(self, proposal, snapshot):
        later = self._measured(snapshot, proposal.subject).filter(pl.col("known_ns") > proposal.as_of_ns)
        if later.is_empty():
            return None
        known_ns = int(later["known_ns"][-1])
        return CameOut(value=later["value"][-1], unit="degC", in_tolerance=True, known_ns=known_ns, done={"arc": 1.0})

    def worth(self, proposal):
        return model_based_worth(proposal, miss_cost=1.0, currency="EUR")


def snapshot(as_of_ns) -> Snapshot:
    instants = [at for at in (10, 20, 30) if at <= as_of_ns]
    columns: Mapping[str, object] = {
        "piece": [SUBJECT] * len(instants),
        **dict.fromkeys(("start_ns", "end_ns", "known_ns"), instants),
        "origin": ["live"] * len(instants),
        "t": [1580.0] * len(instants),
    }
    return Snapshot(as_of_ns=as_of_ns, upto=1, frames={"u": pl.DataFrame(columns)})


class Given:
    @pytest.fixture
    def scenario(self):
        return Sound()

    @pytest.fixture
    def model(self, scenario):
        return Rule(usual=10.0)

    @pytest.fixture
    def snapshots(self):
        return [snapshot(10), snapshot(25)]

    @pytest.fixture
    def subject(self):
        return SUBJECT

    @pytest.fixture
    def settled(self):
        return snapshot(30)


class TestASoundOne(Given, ScenarioConformance):
    """Nothing in the suite asks for more than the contract."""


def run(scenario, law, tmp_path, model=None, **more):
    """One law of the suite on a spoilt scenario."""
    model = model or Rule(usual=10.0)
    snapshots = [snapshot(10), snapshot(25)]

    proposals = tuple(scenario.propose(s, model, Question(subject=SUBJECT), SEED) for s in snapshots)
    given = {
        "scenario": scenario,
        "model": model,
        "snapshots": snapshots,
        "subject": SUBJECT,
        "settled": snapshot(30),
        "proposals": proposals,
        "changes": tuple(p for p in proposals if p.change),
        "tmp_path": tmp_path,
    } | more
    method = getattr(ScenarioConformance(), law)
    wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    method(**{name: given[name] for name in wanted})


def spoilt(**methods):
    return type("Spoilt", (Sound,), methods)()


class Guessing(Sound):
    dice = count()

    def _answer(self, model, now):
        return super()._answer(model, now - 0.001 * next(self.dice))


class Peeking(Sound):
    def _answer(self, model, now):
        return super()._answer(model, now - self.seen.get("rows", 0))

    def propose(self, snapshot, model, question, seed):
        self.seen["rows"] = sum(frame.width for frame in snapshot.frames.values())
        return super().propose(snapshot, model, question, seed)


class Pickled(Rule):
    def save(self, folder):
        super().save(folder)
        (folder / "rule.pkl").write_bytes(pickle.dumps(self.usual))


class Forgetting(Rule):
    def save(self, folder):
        folder.mkdir()
        (folder / "rule.json").write_text(json.dumps({"usual": self.usual, "version": "other"}), encoding="utf-8")


def bare(self, model, now):
    return {**Sound._answer(self, model, now), "baseline": None}


def solved_check(self, proposal, now_ns):
    Aim(low=0.0, high=1.0, probability=0.5)
    return Sound.check(self, proposal, now_ns)


def claimed(self, proposal):
    return Worth(value=5.0, currency="EUR", basis=Basis.NOT_MEASURABLE, formula="trust me")


def early_outcome(self, proposal, snapshot):
    return CameOut(value=1.0, unit="degC", in_tolerance=True, known_ns=snapshot.as_of_ns, done={"arc": 1.0})


def raising(self, snapshot, model, question, seed):
    if snapshot.observations("t").filter(pl.col("piece") == question.subject).is_empty():
        raise KeyError(question.subject)
    return Sound.propose(self, snapshot, model, question, seed)


FAULTY = [
    (replace(Sound(), title=""), "test_it_describes_itself", {}),
    (replace(Sound(), reads=(Read(parameters=("t", "t")),)), "test_it_describes_itself", {}),
    (spoilt(due=lambda self, snapshot: ()), "test_an_open_subject_is_due", {}),
    (spoilt(moments=lambda self, snapshot, subject: (99,)), "test_an_open_subject_is_due", {}),
    (spoilt(due=lambda self, snapshot: (SUBJECT,)), "test_a_settled_subject_is_not_due", {}),
    (Guessing(), "test_the_same_question_has_the_same_answer", {}),
    (Peeking(), "test_it_looks_at_nothing_it_did_not_ask_for", {}),
    (
        spoilt(propose=lambda self, s, m, q, _: Sound.propose(self, s, m, q, 0)),
        "test_a_proposal_says_what_made_it",
        {},
    ),
    (spoilt(_answer=bare), "test_a_change_stands_beside_what_would_be_done_anyway", {}),
    (spoilt(baseline=lambda self, *_: {"arc": 0.0}), "test_a_change_stands_beside_what_would_be_done_anyway", {}),
    (spoilt(check=lambda self, proposal, now_ns: ("no",)), "test_its_own_proposals_pass_the_check", {}),
    (spoilt(check=solved_check), "test_the_check_asks_nobody_who_finds_answers", {}),
    (spoilt(commands=lambda self, proposal: ()), "test_commands_are_the_change", {}),
    (spoilt(outcome=early_outcome), "test_nothing_has_come_out_yet", {}),
    (spoilt(outcome=lambda self, *_: None), "test_what_came_out_is_told_once_known", {}),
    (spoilt(worth=claimed), "test_worth_says_what_it_rests_on", {}),
    (Sound(), "test_a_saved_model_is_the_same_model", {"model": Pickled(usual=10.0)}),
    (Sound(), "test_a_saved_model_is_the_same_model", {"model": Forgetting(usual=10.0)}),
]


@pytest.mark.parametrize(
    ("scenario", "law", "more"), FAULTY, ids=[f"{law}-{k}" for k, (_, law, _) in enumerate(FAULTY)]
)
def test_a_faulty_scenario_is_caught(scenario, law, more, tmp_path):
    with pytest.raises(AssertionError):
        run(scenario, law, tmp_path, **more)


@pytest.mark.parametrize("spoil", range(8))
def test_a_check_that_finds_nothing_is_caught(spoil, tmp_path):
    with pytest.raises(AssertionError):
        run(
            spoilt(check=lambda self, proposal, now_ns: ()),
            "test_the_check_finds_what_was_tampered_with",
            tmp_path,
            spoilt=spoil,
        )


def test_a_scenario_that_raises_where_nothing_is_known_is_caught(tmp_path):
    with pytest.raises(KeyError):
        run(spoilt(propose=raising), "test_nothing_known_is_no_fault", tmp_path)


def test_a_fixture_that_is_not_given_is_asked_for():
    for name in ("scenario", "model", "snapshots", "subject", "settled"):
        with pytest.raises(NotImplementedError, match=f"needs the fixture {name}"):
            getattr(ScenarioConformance, name).__wrapped__(ScenarioConformance())


def test_replaced_proposals_are_what_is_tampered_with():
    """The laws stand on ``replace``: a proposal cannot be changed in place."""
    said = Sound().propose(snapshot(10), Rule(usual=1.0), type("Q", (), {"subject": SUBJECT})(), 1)
    with pytest.raises(AttributeError):
        said.probability = 1.0
    assert replace(said, probability=0.95) != said
