"""The write-back gate, before a stove that is a real process: what is sent, what is refused, what is taken back."""

from dataclasses import replace

import polars as pl
import pytest

from pilothouse.clock import NS_PER_S
from pilothouse.decision.check import LeverLimits
from pilothouse.decision.event import EventDraft
from pilothouse.decision.view import Read
from pilothouse.errors import ConfigError, IllegalMoveError, NotApprovedError, NotWrittenError, StoreMovedError
from pilothouse.hub.deciding import Verdict, decide
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.outlets import wired
from pilothouse.plant.parameter import Limit

# ---- Sent ------------------------------------------------------------------------------------------------------------


def test_a_decision_is_sent_once_and_read_back(works) -> None:
    works.propose(arc=5.0, lime=12.0)
    report = works.gate.dispatch("p1", by="bob")
    assert report.ending == "done"
    assert [(s.parameter, s.value, s.before, s.read_back) for s in report.writes] == [
        ("arc", 5.0, 3.0, 5.0),
        ("lime", 12.0, 10.0, 12.0),
    ]
    assert works.plant.written() == ["arc 5.0", "lime 12.0"]
    assert works.kinds() == ["dispatching", "dispatched"] * 2
    intent, ending = works.hub.ledger.read(subject="p1")[3:5]
    assert intent.actor == ending.actor == "bob"
    assert intent.payload["outlet"] == "stove-line"
    assert intent.payload["command"] == ending.payload["command"]
    assert (ending.payload["read_back"], ending.payload["found"]) == (5.0, False)
    for _ in range(2):
        with pytest.raises(IllegalMoveError, match="was sent"):
            works.gate.dispatch("p1", by="bob")
    assert len(works.plant.written()) == 2


def test_the_edited_value_is_what_is_sent(works) -> None:
    works.propose(arc=5.0)
    key = works.stove.propose(works.hub, "p2", {"arc": 5.0}, verdict="")
    payload = {"verdict": "edited", "reason": "", "values": {"arc": 6.5}, "decided_ns": works.time[0]}
    works.hub.ledger.append(
        [EventDraft(at_ns=works.time[0], kind="decided", subject=key, actor="ana", payload=payload)]
    )
    assert works.gate.dispatch(key, by="bob").ending == "done"
    assert works.plant.written() == ["arc 6.5"]


def test_a_dry_run_says_all_and_sends_nothing(works) -> None:
    works.allow(enabled=False)
    works.propose()
    report = works.gate.dispatch("p1", by="bob")
    assert (report.ending, report.reasons) == ("dry run", ())
    assert works.payload("dry_run") == {
        "writes": [{"parameter": "arc", "value": 5.0, "before": 3.0, "unit": "kW"}],
        "reasons": [],
    }
    works.allow(enabled=True)
    assert works.gate.dispatch("p1", by="bob", dry_run=True).ending == "dry run"
    assert works.plant.written() == []
    assert works.status() == "accepted"


def test_a_dry_run_of_what_nobody_decided(works) -> None:
    works.stove.propose(works.hub, "p1", {"arc": 5.0}, verdict="")
    assert works.gate.dispatch("p1", by="bob", dry_run=True).reasons == ("nobody has decided it",)
    with pytest.raises(IllegalMoveError, match="'dispatching' is not possible"):
        works.gate.dispatch("p1", by="bob")
    with pytest.raises(IllegalMoveError, match="no proposal 'p9'"):
        works.gate.dispatch("p9", by="bob")


# ---- Refused ---------------------------------------------------------------------------------------------------------


def refused(works, reason: str, key: str = "p1") -> None:
    report = works.gate.dispatch(key, by="bob")
    assert report.ending == "refused"
    assert any(reason in why for why in report.reasons), report.reasons
    assert works.status(key) == "accepted"
    assert works.payload("write_refused", key) == {"purpose": "dispatch", "reasons": list(report.reasons)}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"set_points": ()}, "arc: no set point of [write_back] carries it out"),
        ({"greatest_age_ns": NS_PER_S}, "its data is 5 s old, at most 1 s is allowed"),
        ({"two_people": True}, "a second person must confirm it"),
    ],
)
def test_what_the_folder_does_not_allow(works, changed, reason: str) -> None:
    works.propose()
    works.wait(5)
    works.allow(**changed)
    refused(works, reason)
    assert works.plant.written() == []


def test_a_step_that_is_too_far(works) -> None:
    works.propose(arc=20.0)
    works.plant.says("W arc 45.0")
    refused(works, "arc: from 45 to 20 is more than the greatest step 20")


def test_the_way_back_must_be_open(works) -> None:
    works.propose(arc=24.0)
    works.plant.says("W arc 10.0")
    refused(works, "the way back is closed: from 24 to the baseline 3")


def test_todays_limits_count(works) -> None:
    works.propose()
    plant = works.stove.words({"arc": Limit(high=4.0, source="new plate")})
    works.hub.workspace = replace(works.hub.workspace, plant=plant)
    refused(works, "arc: 5 is above 4 (new plate)")
    works.hub.workspace.scenarios[0].limits["arc"] = LeverLimits(low=0.0, high=4.5, source="scenario")
    refused(works, "4.5")


def test_validity_is_looked_at_at_that_moment(works) -> None:
    works.propose(valid_s=10)
    works.wait(11)
    refused(works, "its validity has ended 1 s ago")
    works.time[0] -= 60 * NS_PER_S
    refused(works, "from now: is the clock right?")


def test_stale_data(works) -> None:
    works.hub.workspace.scenarios[0].reads = (Read(parameters=("level",), greatest_age_ns=10 * NS_PER_S),)
    works.propose()
    refused(works, "level is older than its scenario allows")
    row = {
        "piece": "p",
        "start_ns": works.time[0],
        "end_ns": works.time[0],
        "known_ns": works.time[0],
        "origin": "live",
    }
    works.hub.historian.write("hob", pl.DataFrame({**{k: [v] for k, v in row.items()}, "level": [1.0]}))
    assert works.gate.dispatch("p1", by="bob").ending == "done"


def test_authority_that_fell(works) -> None:
    works.propose()
    fall = {"rule": 2, "before": "confirm", "after": "advise", "reasons": ["guard drift fails"]}
    works.hub.ledger.append([EventDraft(at_ns=1, kind="authority", subject="stove", actor="hub", payload=fall)])
    refused(works, "its scenario stands at advise, nothing is carried out below confirm")


def test_too_soon_after_the_last_write(works) -> None:
    rules = tuple(replace(rule, least_ns=60 * NS_PER_S) for rule in works.stove.RULES)
    works.allow(set_points=rules)
    works.propose("p1", valid_s=600)
    works.propose("p2", arc=6.0, valid_s=600)
    assert works.gate.dispatch("p1", by="bob").ending == "done"
    works.wait(30)
    refused(works, "arc: written 30 s ago, at least 60 s must lie between", "p2")
    works.wait(31)
    assert works.gate.dispatch("p2", by="bob").ending == "done"


def test_a_plant_that_does_not_answer_before_is_not_written_to(works) -> None:
    works.propose()
    works.plant.process.kill()
    works.plant.process.wait()
    refused(works, "the stove does not answer")
    refused(works, "the stove does not answer")
    assert works.kinds() == ["write_refused"], "the same is said once"


def test_a_scenario_that_is_gone(works) -> None:
    works.propose()
    works.hub.workspace = replace(works.hub.workspace, scenarios=())
    refused(works, "scenario stove is no longer in the plant folder")


def test_two_people(works) -> None:
    works.allow(two_people=True)
    works.propose()
    refused(works, "a second person must confirm it: pilothouse decide DIR p1 confirm --by NAME")
    with pytest.raises(NotApprovedError, match="agreed to it already"):
        decide(works.hub, "p1", Verdict(said="confirmed", actor=" Ana "), at_ns=works.time[0])
    assert decide(works.hub, "p1", Verdict(said="confirmed", actor="bob"), at_ns=works.time[0]).status == "confirmed"
    assert works.gate.dispatch("p1", by="bob").ending == "done"
    assert works.plant.written() == ["arc 5.0"]


def test_the_second_person_may_say_no(works) -> None:
    works.propose()
    decide(works.hub, "p1", Verdict(said="refused", actor="bob", reason="not today"), at_ns=works.time[0])
    with pytest.raises(IllegalMoveError, match="'dispatching' is not possible"):
        works.gate.dispatch("p1", by="bob")


# ---- Not known, or not taken -----------------------------------------------------------------------------------------


def test_applied_and_the_answer_lost_is_found_by_reading(works) -> None:
    works.propose()
    works.plant.mode("drop")
    assert works.gate.dispatch("p1", by="bob").ending == "done"
    assert works.payload("dispatched")["found"] is True
    assert "without an answer" in works.payload("dispatched")["why"]
    assert works.plant.written() == ["arc 5.0"]


def test_lost_on_the_way_is_uncertain_and_never_sent_again(works) -> None:
    works.propose()
    works.plant.mode("lose")
    report = works.gate.dispatch("p1", by="bob")
    assert (report.ending, report.writes[0].read_back) == ("uncertain", 3.0)
    assert works.status() == "dispatch_uncertain"
    with pytest.raises(IllegalMoveError):
        works.gate.dispatch("p1", by="bob")
    assert works.plant.written() == []


def test_a_plant_that_keeps_its_own_value_has_failed(works) -> None:
    works.propose()
    works.plant.mode("refuse")
    report = works.gate.dispatch("p1", by="bob")
    assert report.ending == "failed"
    assert report.reasons == ("arc: the plant shows 3, not the 5 that was written",)
    assert works.status() == "dispatch_failed"


def test_what_is_known_not_to_be_written_has_failed_at_once(works, monkeypatch) -> None:
    works.propose()

    def refuses(*_, **__):
        raise NotWrittenError("the server refused arc")

    monkeypatch.setattr(works.wires, "write", refuses)
    report = works.gate.dispatch("p1", by="bob")
    assert (report.ending, report.reasons) == ("failed", ("the server refused arc",))
    assert works.status() == "dispatch_failed"


def test_a_slow_plant_is_waited_for(works) -> None:
    works.propose()
    works.plant.mode("slow", 0.2)
    assert works.gate.dispatch("p1", by="bob").ending == "done"


def test_a_plant_that_dies_in_the_middle_is_uncertain(works) -> None:
    works.propose()
    real = works.wires.write

    def dies(*given, **named):
        works.plant.process.kill()
        works.plant.process.wait()
        return real(*given, **named)

    works.wires.write = dies
    report = works.gate.dispatch("p1", by="bob")
    assert (report.ending, report.writes[0].read_back) == ("uncertain", None)


def test_half_of_a_decision_is_taken_back(works) -> None:
    works.propose(arc=5.0, lime=12.0)
    real = works.wires.write

    def second_is_lost(parameter, value, **named):
        if parameter == "lime":
            works.plant.mode("lose")
        return real(parameter, value, **named)

    works.wires.write = second_is_lost
    report = works.gate.dispatch("p1", by="bob")
    assert report.ending == "uncertain"
    assert [(s.parameter, s.ending) for s in report.taken_back] == [("arc", "done"), ("lime", "left")]
    assert works.plant.written() == ["arc 5.0", "arc 3.0"]
    assert works.status() == "fell_back"


def test_two_processes_that_dispatch_at_once(works, monkeypatch) -> None:
    """The one that comes second finds the proposal moved on, and sends nothing."""
    works.propose()
    other = Gate(works.hub, works.wires)
    real = works.hub.ledger.append
    begun = []

    def append(drafts, **named):
        if drafts[0].kind == "dispatching" and not begun:
            begun.append(1)
            other.dispatch("p1", by="carl")
        return real(drafts, **named)

    monkeypatch.setattr(works.hub.ledger, "append", append)
    with pytest.raises(StoreMovedError, match="carl"):
        works.gate.dispatch("p1", by="bob")
    assert works.plant.written() == ["arc 5.0"]


def test_two_outlets_of_one_parameter_are_refused(works) -> None:
    outlet = works.stove.SocketOutlet(works.plant.port)
    with pytest.raises(ConfigError, match="writable over stove-line and stove-line"), wired([outlet, outlet]):
        pass


# ---- Back ------------------------------------------------------------------------------------------------------------


def test_when_its_validity_is_over_the_baseline_is_written_back_once(works) -> None:
    works.propose(arc=5.0, lime=12.0)
    works.gate.dispatch("p1", by="bob")
    assert works.gate.lapsed() == {}
    works.wait(61)
    lapsed = works.gate.lapsed()
    assert lapsed == {"p1": ("its validity has ended 1 s ago",)}
    assert [s.ending for s in works.gate.fall_back("p1", lapsed["p1"])] == ["done", "done"]
    assert works.plant.written() == ["arc 5.0", "lime 12.0", "arc 3.0", "lime 10.0"]
    assert works.payload("fall_back")["reasons"] == ["its validity has ended 1 s ago"]
    assert works.status() == "fell_back"
    assert works.gate.lapsed() == {}
    assert works.gate.fall_back("p1", ("again",)) == ()
    assert len(works.plant.written()) == 4


def test_what_a_person_changed_since_is_left_to_people(works) -> None:
    works.propose()
    works.gate.dispatch("p1", by="bob")
    works.plant.says("W arc 4.0")
    (left,) = works.gate.fall_back("p1", ("its validity has ended",))
    assert left.ending == "left"
    assert works.kinds()[-1] == "fall_back_left"
    assert works.gate.lapsed(("anything",)) == {}
    assert works.plant.written() == ["arc 5.0", "arc 4.0"]


def test_a_later_decision_takes_over(works) -> None:
    works.propose("p1", valid_s=10)
    works.propose("p2", arc=6.0, valid_s=60)
    works.gate.dispatch("p1", by="bob")
    works.gate.dispatch("p2", by="bob")
    works.wait(30)
    assert works.gate.lapsed() == {}
    works.wait(31)
    assert set(works.gate.lapsed()) == {"p2"}


def test_falling_back_passes_the_same_checks(works) -> None:
    works.propose()
    works.gate.dispatch("p1", by="bob")
    works.allow(enabled=False)
    (sent,) = works.gate.fall_back("p1", ("why",))
    assert (sent.ending, sent.why) == ("refused", "write-back is switched off")
    works.allow(enabled=True)
    works.hub.workspace = replace(works.hub.workspace, plant=works.stove.words({"arc": Limit(low=4.0, source="new")}))
    (sent,) = works.gate.fall_back("p1", ("why",))
    assert sent.why == "arc: baseline 3 is below 4 (new)"
    assert works.plant.written() == ["arc 5.0"]
    assert works.kinds()[-2:] == ["write_refused", "write_refused"]
    works.hub.workspace = replace(works.hub.workspace, plant=works.stove.words())
    (sent,) = works.gate.fall_back("p1", ("why",))
    assert sent.ending == "done"
