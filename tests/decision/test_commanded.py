"""Commands as a fold over events: each with its ending, the newest of each parameter, what stands in the plant."""

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.decision.commanded import ENDINGS, INTENTS, LEFT, OPEN, command_key, commands, in_force, newest
from pilothouse.decision.event import GENESIS, Event, EventDraft


def events(*told: tuple[str, str, str]) -> list[Event]:
    """Of (kind, proposal, parameter)."""
    made: list[Event] = []
    for seq, (kind, proposal, parameter) in enumerate(told, start=1):
        purpose = "fall_back" if kind.startswith("f") else "dispatch"
        if kind == LEFT:
            purpose = "dispatch"
        payload = {
            "command": command_key(proposal, purpose, parameter),
            "parameter": parameter,
            "lever": parameter,
            "value": 5,
            "before": 3.0,
            "outlet": "line",
            "deadline_ns": seq + 10,
            "read_back": 5.0,
        }
        draft = EventDraft(at_ns=seq, kind=kind, subject=proposal, actor="ana", payload=payload)
        made.append(Event.chain(seq, made[-1].hash if made else GENESIS, draft))
    return made


def test_a_command_is_open_until_its_ending_is_said() -> None:
    (one,) = commands(events(("dispatching", "p1", "arc"))).values()
    assert (one.ending, one.value, one.before, one.at_ns, one.deadline_ns) == (OPEN, 5.0, 3.0, 1, 11)
    for kind, ending in ENDINGS.items():
        begun = next(k for k, purpose in INTENTS.items() if purpose[0] == kind[0])
        (one,) = commands(events((begun, "p1", "arc"), (kind, "p1", "arc"))).values()
        assert (one.ending, one.read_back) == (ending, 5.0)


def test_only_the_newest_of_a_parameter_stands_in_the_plant() -> None:
    known = commands(
        events(
            ("dispatching", "p1", "arc"),
            ("dispatched", "p1", "arc"),
            ("dispatching", "p1", "lime"),
            ("dispatch_uncertain", "p1", "lime"),
            ("dispatching", "p2", "arc"),
            ("dispatched", "p2", "arc"),
        )
    )
    assert {(c.proposal, c.parameter) for c in in_force(known)} == {("p2", "arc"), ("p1", "lime")}
    assert newest(known)["arc"].proposal == "p2"


def test_what_is_open_taken_back_or_left_does_not_stand() -> None:
    begun = [("dispatching", "p1", "arc")]
    done = [*begun, ("dispatched", "p1", "arc")]
    assert in_force(commands(events(*begun))) == ()
    assert len(in_force(commands(events(*done)))) == 1
    assert in_force(commands(events(*done, ("fall_back", "p1", "arc")))) == ()
    assert in_force(commands(events(*done, ("fall_back", "p1", "arc"), ("fell_back", "p1", "arc")))) == ()
    assert in_force(commands(events(*done, (LEFT, "p1", "arc")))) == ()


@given(st.integers(0, 6))
def test_folding_in_two_parts_is_folding_at_once(cut: int) -> None:
    told = events(
        ("dispatching", "p1", "arc"),
        ("dispatched", "p1", "arc"),
        ("proposed", "p9", "arc"),
        ("fall_back", "p1", "arc"),
        ("dispatching", "p2", "arc"),
        ("fell_back", "p1", "arc"),
    )
    assert commands(told[cut:], commands(told[:cut])) == commands(told)
