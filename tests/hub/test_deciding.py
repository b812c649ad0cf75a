"""From a proposal to its account, each step an event; on a kettle whose numbers can be worked out by hand."""

from dataclasses import replace

import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.authority import Evidence
from pilothouse.decision.scenario import Question
from pilothouse.errors import DataError, ExpiredError, IllegalMoveError, NotApprovedError, UnknownParameterError
from pilothouse.hub.deciding import Verdict, advise, decide, moment, replay, settle, standing, weigh

ACCEPTED = Verdict(said="accepted", actor="ana")
GOOD = Evidence(n=200, coverage=0.9)


@pytest.fixture
def ask(kettle):
    def question(number=20, **wishes):
        return advise(
            kettle.hub,
            kettle.scenario,
            Question(subject=f"brew-{number}", wishes=wishes),
            as_of_ns=kettle.now_ns,
            seed=1,
        )

    return question


@pytest.fixture
def open_brew(kettle):
    """A brew that stands open now."""
    kettle.now_ns = kettle.at(20)
    return kettle.brew(20, 60.0)


@pytest.fixture
def shown(kettle, open_brew, ask):
    """A proposal for it, of a scenario that may advise."""
    weigh(kettle.hub, "kettle", GOOD)
    return ask()


def kinds(kettle, key):
    return [event.kind for event in kettle.hub.ledger.read(subject=key)]


def payload(kettle, key, kind):
    return kettle.hub.ledger.read(subject=key, kind=kind)[-1].payload


# ---- advise ----------------------------------------------------------------------------------------------------------


def test_a_proposal_is_written_down_with_its_question_and_check(kettle, shown):
    assert shown.violations == ()
    assert shown.authority == "advise"
    assert not shown.is_hindsight
    assert shown.proposal.change.points[0].value == pytest.approx(5.0, abs=0.5)
    proposed, checked = kettle.hub.ledger.read(subject=shown.key)
    assert proposed.payload["question"] == {"subject": "brew-20", "wishes": {}}
    assert proposed.payload["proposal"] == shown.proposal.as_json()
    assert checked.payload == {"violations": []}


def test_asked_twice_it_is_one_proposal(kettle, shown, ask):
    assert ask() == shown
    assert kinds(kettle, shown.key) == ["proposed", "checked"]
    assert ask(target=92.0).key != shown.key


def test_what_fails_the_check_is_no_advice_and_cannot_be_accepted(kettle, open_brew, ask, monkeypatch):
    honest = type(kettle.scenario).propose

    def beyond(self, *given):
        proposal = honest(self, *given)
        point = replace(proposal.change.points[0], high=11.0)
        return replace(proposal, change=replace(proposal.change, points=(point,)))

    monkeypatch.setattr(type(kettle.scenario), "propose", beyond)
    weigh(kettle.hub, "kettle", GOOD)
    shown = ask()
    assert "above 10 (plate)" in shown.violations[0]
    with pytest.raises(IllegalMoveError, match="not possible"):
        decide(kettle.hub, shown.key, ACCEPTED, at_ns=kettle.now_ns)


def test_wishes_are_known_and_make_sense(open_brew, ask):
    with pytest.raises(UnknownParameterError, match="no wish 'targt'") as unknown:
        ask(targt=92.0)
    assert unknown.value.hint == "use target"
    with pytest.raises(DataError, match="target=-5 makes no sense: target -5 is below zero"):
        ask(target=-5.0)


def test_a_fault_of_the_scenario_is_not_blamed_on_the_asker(open_kettle):
    kettle = open_kettle(breaks=True)
    kettle.run(12)
    kettle.hub.learn(kettle.scenario, as_of_ns=kettle.now_ns, seed=1)
    with pytest.raises(ValueError, match="a fault of the scenario"):
        advise(kettle.hub, kettle.scenario, Question(subject="brew-3"), as_of_ns=kettle.now_ns, seed=1)


def test_a_question_of_the_past_gets_the_newest_model_that_knew_no_more(kettle):
    """Whichever was learnt last; only where there is none the live one answers, and it is said."""
    hub, scenario = kettle.hub, kettle.scenario
    (live,) = {hub.model(scenario).version}
    early = hub.learn(scenario, as_of_ns=kettle.at(6) - 1, seed=1)
    earliest = hub.learn(scenario, as_of_ns=kettle.at(4) - 1, seed=1)

    def asked(number):
        return advise(hub, scenario, Question(subject=f"brew-{number}"), as_of_ns=kettle.at(number), seed=1)

    assert asked(8).proposal.model == earliest.version  # the last that was learnt of those that may answer
    hub.learn(scenario, as_of_ns=kettle.at(6) - 1, seed=1)
    assert (asked(8).proposal.model, asked(8).is_hindsight) == (early.version, False)
    assert (asked(5).proposal.model, asked(5).is_hindsight) == (earliest.version, False)
    assert (asked(2).is_hindsight, asked(2).proposal.model) == (True, early.version)
    assert live not in {early.version, earliest.version}


# ---- moment ----------------------------------------------------------------------------------------------------------


def test_moments(kettle):
    def asked(text):
        return moment(kettle.hub, kettle.scenario, "brew-3", text)

    assert asked("first") == asked("1") == kettle.at(3)
    assert asked("last") == asked("2") == kettle.at(3) + 5 * NS_PER_MIN
    assert asked("now") == kettle.now_ns
    assert asked("2026-03-02T06:00:01") == kettle.at(0) + 10**9


@pytest.mark.parametrize("text", ["0", "3", "²", "-1", "soon", ""])
def test_a_moment_that_is_none(kettle, text):
    with pytest.raises(DataError):
        moment(kettle.hub, kettle.scenario, "brew-3", text)


@pytest.mark.parametrize("text", ["now", "first", "last", "1", "2026-03-02"])
def test_a_subject_of_which_nothing_is_recorded(kettle, text):
    with pytest.raises(DataError, match="nothing is recorded of 'brew3'") as unknown:
        moment(kettle.hub, kettle.scenario, "brew3", text)
    assert unknown.value.hint == "check the name, or import its data"  # another piece is never the one that was meant


# ---- decide ----------------------------------------------------------------------------------------------------------


def test_who_what_and_why_are_kept(kettle, shown):
    verdict = Verdict(said="edited", actor="ana", reason=" lid is off ", values={"power": 9.0})
    state = decide(kettle.hub, shown.key, verdict, at_ns=kettle.now_ns + 1)
    assert state.status == "edited"
    (event,) = kettle.hub.ledger.read(subject=shown.key, kind="decided")
    assert (event.actor, event.at_ns) == ("ana", kettle.now_ns)  # when it was written down, whatever is claimed
    said = {"verdict": "edited", "reason": "lid is off", "values": {"power": 9.0}, "decided_ns": kettle.now_ns + 1}
    assert event.payload == said


def test_while_it_observes_nothing_is_approved(kettle, open_brew, ask):
    shown = ask()
    assert shown.authority == "observe"
    with pytest.raises(NotApprovedError, match="stands at observe"):
        decide(kettle.hub, shown.key, ACCEPTED, at_ns=kettle.now_ns)
    assert kinds(kettle, shown.key) == ["proposed", "checked"]


def test_validity_ends_with_its_last_instant(kettle, shown):
    end_ns = shown.proposal.valid_until_ns
    assert decide(kettle.hub, shown.key, ACCEPTED, at_ns=end_ns).status == "accepted"


def test_a_decision_that_comes_too_late_changes_nothing(kettle, shown):
    with pytest.raises(ExpiredError, match="was valid until"):
        decide(kettle.hub, shown.key, ACCEPTED, at_ns=shown.proposal.valid_until_ns + 2 * NS_PER_MIN)
    assert kinds(kettle, shown.key) == ["proposed", "checked"]
    assert decide(kettle.hub, shown.key, ACCEPTED, at_ns=shown.proposal.valid_until_ns).status == "accepted"


@pytest.mark.parametrize(
    ("verdict", "wrong"),
    [
        (Verdict(said="accepted", actor=""), "somebody"),
        (Verdict(said="refused", actor="ana", reason="  "), "needs a reason"),
        (Verdict(said="accepted", actor="ana", values={"power": 99.0}), "only an edit"),
        (Verdict(said="refused", actor="ana", reason="so", values={"power": 1.0}), "only an edit"),
        (Verdict(said="came_out", actor="ana"), "not possible"),
    ],
)
def test_a_verdict_that_is_none(kettle, shown, verdict, wrong):
    with pytest.raises(IllegalMoveError, match=wrong):
        decide(kettle.hub, shown.key, verdict, at_ns=kettle.now_ns)
    assert kinds(kettle, shown.key) == ["proposed", "checked"]


def test_nothing_is_decided_before_its_instant(kettle, shown):
    with pytest.raises(IllegalMoveError, match="before the instant"):
        decide(kettle.hub, shown.key, ACCEPTED, at_ns=shown.proposal.as_of_ns - 1)


def test_an_unknown_proposal(kettle):
    with pytest.raises(IllegalMoveError, match="knows no proposal 'p0'"):
        decide(kettle.hub, "p0", ACCEPTED, at_ns=kettle.now_ns)


# ---- settle ----------------------------------------------------------------------------------------------------------


def test_an_unfinished_piece_is_not_settled(kettle, shown):
    assert settle(kettle.hub) == 0
    assert kinds(kettle, shown.key) == ["proposed", "checked"]


def test_outcome_and_worth_once(kettle, shown):
    decide(kettle.hub, shown.key, ACCEPTED, at_ns=kettle.now_ns)
    kettle.brew(20, 60.0, 91.0)
    kettle.now_ns += 60 * NS_PER_MIN
    assert settle(kettle.hub) == 1
    assert settle(kettle.hub) == 0
    assert kinds(kettle, shown.key) == ["proposed", "checked", "decided", "came_out", "worth"]
    came_out = payload(kettle, shown.key, "came_out")
    assert came_out == {
        "value": 91.0,
        "unit": "degC",
        "in_tolerance": True,
        "known_ns": kettle.at(20) + 5 * NS_PER_MIN,
        "done": {"power": 3.0},
    }
    worth = payload(kettle, shown.key, "worth")
    assert worth["basis"] == "model-based estimate"
    assert worth["value"] == pytest.approx(10.0 * (0.9 - 0.1) - shown.proposal.change.cost)
    assert worth["decided"] == "accepted"


@pytest.mark.parametrize("verdict", [None, Verdict(said="refused", actor="ana", reason="so")])
def test_what_nobody_took_is_said_to_be_so(kettle, shown, verdict):
    """It was not done, so nothing is claimed for it; what it would have brought stands in the formula."""
    if verdict is not None:
        decide(kettle.hub, shown.key, verdict, at_ns=kettle.now_ns)
    kettle.brew(20, 60.0, 79.0)
    kettle.now_ns += 60 * NS_PER_MIN
    assert settle(kettle.hub) == 1
    worth = payload(kettle, shown.key, "worth")
    assert (worth["value"], worth["basis"]) == (None, "not measurable")
    assert worth["decided"] == ("refused" if verdict else "by nobody")
    assert "was not done" in worth["formula"]
    assert payload(kettle, shown.key, "came_out")["in_tolerance"] is False


def test_where_there_was_no_change_worth_is_not_measurable(kettle, open_brew, ask):
    infeasible = ask(target=500.0)
    assert infeasible.proposal.ending == "infeasible"
    kettle.brew(20, 60.0, 80.0)
    kettle.now_ns += 60 * NS_PER_MIN
    assert settle(kettle.hub) == 1
    worth = payload(kettle, infeasible.key, "worth")
    assert (worth["value"], worth["basis"]) == (None, "not measurable")


def test_a_scenario_that_was_taken_out_is_passed_over(kettle, shown):
    kettle.brew(20, 60.0, 80.0)
    kettle.now_ns += 60 * NS_PER_MIN
    kettle.hub.workspace = replace(kettle.hub.workspace, scenarios=())
    assert settle(kettle.hub) == 0
    kettle.hub.workspace = replace(kettle.hub.workspace, scenarios=(kettle.scenario,))
    assert settle(kettle.hub) == 1


# ---- replay ----------------------------------------------------------------------------------------------------------


def test_replay_sees_what_was_stored_then(kettle, shown):
    """A correction, an older brew told late and a newer model change nothing of it."""
    kettle.brew(20, 65.0, 88.0)
    kettle.brew(13, 40.0, 90.0)
    kettle.now_ns += 60 * NS_PER_MIN
    kettle.hub.learn(kettle.scenario, as_of_ns=kettle.now_ns, seed=1)
    same, old, new = replay(kettle.hub, shown.key)
    assert same
    assert old == new == shown.proposal.as_json()


def test_replay_knows_the_wishes(kettle, open_brew, ask):
    assert replay(kettle.hub, ask(target=93.0).key)[0]


# ---- authority -------------------------------------------------------------------------------------------------------


def test_authority_is_earned_and_lost(kettle):
    assert standing(kettle.hub, "kettle") == "observe"
    assert weigh(kettle.hub, "kettle", Evidence(n=20, coverage=0.9)) == "observe"
    assert weigh(kettle.hub, "kettle", GOOD) == "advise"
    assert weigh(kettle.hub, "kettle", GOOD) == "advise"
    assert weigh(kettle.hub, "kettle", replace(GOOD, failing=("coverage",))) == "observe"
    moves = [event.payload for event in kettle.hub.ledger.read(subject="kettle", kind="authority")]
    assert [(move["before"], move["after"]) for move in moves] == [("observe", "advise"), ("advise", "observe")]
    assert moves[1]["reasons"] == ["guard coverage fails"]
