"""States of proposals: every path of the picture, every move that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.decision.event import GENESIS, Event, EventDraft
from pilothouse.decision.state import KINDS, MOVES, VERDICTS, fold, next_status
from pilothouse.errors import IllegalMoveError


def events(*told: tuple[str, dict[str, object]], subject: str = "p1", start: int = 1) -> list[Event]:
    chained: list[Event] = []
    for seq, (kind, payload) in enumerate(told, start=start):
        draft = EventDraft(at_ns=seq, kind=kind, subject=subject, actor="ana", payload=payload)
        chained.append(Event.chain(seq, chained[-1].hash if chained else GENESIS, draft))
    return chained


PROPOSED = ("proposed", {"lever": 12.0})
GOOD = ("checked", {"violations": []})
BAD = ("checked", {"violations": ["above 1650"]})
DISPATCHING, DISPATCHED = ("dispatching", {}), ("dispatched", {})
FAILED, UNCERTAIN = ("dispatch_failed", {}), ("dispatch_uncertain", {})
DRY_RUN, REFUSED = ("dry_run", {}), ("write_refused", {})
FALL_BACK, FELL_BACK, LEFT = ("fall_back", {}), ("fell_back", {}), ("fall_back_left", {})
FALL_BACK_UNCERTAIN = ("fall_back_uncertain", {})
CAME_OUT, WORTH = ("came_out", {"value": 1594.0}), ("worth", {"low": 1.0})


def decided(verdict: str) -> tuple[str, dict[str, object]]:
    return "decided", {"verdict": verdict}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([PROPOSED], "proposed"),
        ([PROPOSED, GOOD], "checked"),
        ([PROPOSED, BAD], "violated"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, DISPATCHED, CAME_OUT, WORTH], "worth"),
        ([PROPOSED, GOOD, decided("edited"), GOOD], "edited"),
        ([PROPOSED, GOOD, decided("edited"), BAD], "violated"),
        ([PROPOSED, GOOD, decided("accepted"), GOOD, DISPATCHING, DISPATCHED], "dispatched"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, DISPATCHED, DISPATCHING], "dispatching"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, FAILED], "dispatch_failed"),
        ([PROPOSED, GOOD, decided("edited"), DISPATCHING, UNCERTAIN, CAME_OUT], "came_out"),
        ([PROPOSED, GOOD, decided("edited"), decided("confirmed"), DISPATCHING, DISPATCHED], "dispatched"),
        ([PROPOSED, GOOD, decided("accepted"), decided("refused")], "refused"),
        ([PROPOSED, GOOD, DRY_RUN, decided("accepted"), DRY_RUN, REFUSED], "accepted"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, DISPATCHED, REFUSED, FALL_BACK, FELL_BACK], "fell_back"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, DISPATCHED, CAME_OUT, WORTH, LEFT], "fell_back"),
        (
            [PROPOSED, GOOD, decided("accepted"), DISPATCHING, UNCERTAIN, FALL_BACK, FALL_BACK_UNCERTAIN],
            "fall_back_uncertain",
        ),
        ([PROPOSED, GOOD, decided("accepted"), decided("expired")], "expired"),
        ([PROPOSED, GOOD, decided("refused"), CAME_OUT], "came_out"),
        ([PROPOSED, GOOD, CAME_OUT, CAME_OUT, WORTH, WORTH], "worth"),
        ([PROPOSED, GOOD, CAME_OUT, WORTH, CAME_OUT], "came_out"),
    ],
)
def test_the_paths(told: list[tuple[str, dict[str, object]]], status: str) -> None:
    state = fold(events(*told))["p1"]
    assert state.status == status
    assert [event.kind for event in state.events] == [kind for kind, _ in told]


@pytest.mark.parametrize(
    ("told", "possible"),
    [
        ([GOOD], "proposed"),
        ([PROPOSED, PROPOSED], "checked, violated, expired"),
        ([PROPOSED, decided("accepted")], "checked, violated, expired"),
        ([PROPOSED, BAD, decided("accepted")], "came_out"),
        ([PROPOSED, GOOD, DISPATCHING], "accepted, edited, refused, expired, violated, dry_run, came_out"),
        ([PROPOSED, GOOD, decided("refused"), DISPATCHING], "came_out"),
        ([PROPOSED, GOOD, decided("confirmed")], "accepted, edited"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHED], "confirmed"),
        ([PROPOSED, GOOD, decided("accepted"), FALL_BACK], "confirmed"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, DISPATCHING], "dispatched, dispatch_failed"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, CAME_OUT], "dispatched, dispatch_failed"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, UNCERTAIN, DISPATCHING], "fall_back, fall_back_left"),
        ([PROPOSED, GOOD, decided("accepted"), DISPATCHING, FAILED, DISPATCHING], "fall_back, fall_back_left"),
        ([PROPOSED, GOOD, decided("refused"), decided("accepted")], "came_out"),
        ([PROPOSED, GOOD, decided("accepted"), WORTH], "confirmed, violated, expired, refused, checked"),
        ([PROPOSED, GOOD, decided("dispatched")], "accepted, edited"),
        ([PROPOSED, GOOD, ("decided", {})], "accepted, edited"),
    ],
)
def test_moves_that_are_none(told: list[tuple[str, dict[str, object]]], possible: str) -> None:
    with pytest.raises(IllegalMoveError, match="proposal p1") as caught:
        fold(events(*told))
    assert f"possible: {possible}" in caught.value.hint


def test_the_table_is_closed() -> None:
    reached = {after for moves in MOVES.values() for after in moves.values()}
    assert reached == MOVES.keys() - {""}
    assert {move for moves in MOVES.values() for move in moves} == {*KINDS, *VERDICTS, "violated"} - {"decided"}


def leading_to(status: str) -> set[str]:
    return {before for before, moves in MOVES.items() if status in moves.values() and before != status}


def test_nothing_is_dispatched_that_nobody_agreed_to() -> None:
    """Not even a second command of a decision, nor after one whose end is not known."""
    assert {before for before, moves in MOVES.items() if "dispatching" in moves} == {
        "accepted",
        "edited",
        "confirmed",
        "dispatched",
    }
    assert leading_to("dispatched") == {"dispatching"}
    assert leading_to("dispatching") == {"accepted", "edited", "confirmed", "dispatched"}
    assert leading_to("confirmed") == {"accepted", "edited"}
    assert leading_to("accepted") == leading_to("edited") == {"checked"}


def test_what_is_being_sent_ends_before_anything_else_is_said() -> None:
    assert all(move.startswith("dispatch") for move in MOVES["dispatching"])
    assert all(move.startswith("f") for move in MOVES["falling_back"])


def test_only_what_was_sent_falls_back() -> None:
    """Or what came out of it since; whether a piece was steered at all is asked by the gate."""
    sent = {"dispatched", "dispatch_failed", "dispatch_uncertain", "fell_back", "fall_back_uncertain"}
    assert leading_to("falling_back") == {*sent, "came_out", "worth"}


def test_other_events_are_not_looked_at() -> None:
    assert fold(events(("learnt", {}), ("authority", {}), subject="p1")) == {}


def test_states_are_frozen() -> None:
    states = fold(events(PROPOSED))
    with pytest.raises(TypeError):
        states["p2"] = states["p1"]  # type: ignore[index]


def test_the_latest_of_a_kind_counts() -> None:
    state = fold(events(PROPOSED, GOOD, CAME_OUT, ("came_out", {"value": 1.0})))["p1"]
    latest = state.latest("came_out")
    assert latest is not None
    assert latest.payload == {"value": 1.0}
    assert state.latest("worth") is None


told_kinds = [(kind, {}) for kind in KINDS if kind not in ("checked", "decided")]
moves = st.sampled_from([GOOD, BAD, *told_kinds, *(decided(v) for v in VERDICTS)])


@given(st.lists(st.tuples(st.sampled_from(["p1", "p2"]), moves), max_size=25), st.integers(0, 25))
def test_folding_in_two_parts_is_folding_at_once(
    told: list[tuple[str, tuple[str, dict[str, object]]]], cut: int
) -> None:
    """Only the possible of random moves are taken, as the hub does."""
    taken: list[Event] = []
    for subject, (kind, payload) in told:
        try:
            next_status(fold(taken).get(subject), subject, kind, payload)
        except IllegalMoveError:
            continue
        taken += events((kind, payload), subject=subject, start=len(taken) + 1)
    assert fold(taken[cut:], fold(taken[:cut])) == fold(taken)
