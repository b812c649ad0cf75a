"""Authority: each need of each step, guards that bring it down at once, and the fold."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.decision.authority import LADDER, RULE, AuthorityMove, Evidence, Step, authority, levels, rank
from pilothouse.decision.event import GENESIS, Event, EventDraft
from pilothouse.errors import IllegalMoveError

FULL = replace(RULE, version=99, highest="auto")
BEST = Evidence(n=5000, coverage=0.9, hit_rate=0.95, adoption=0.95, worth=(1.0, 2.0))


def after(move: AuthorityMove | None) -> str | None:
    return None if move is None else move.after


@pytest.mark.parametrize(
    ("present", "reached"), [("observe", "advise"), ("advise", "confirm"), ("confirm", None), ("auto", "confirm")]
)
def test_version_2_reaches_confirm(present: str, reached: str | None) -> None:
    assert after(authority(RULE, BEST, present)) == reached


def test_the_whole_ladder_is_climbed_one_step_at_a_time() -> None:
    assert [after(authority(FULL, BEST, level)) for level in LADDER] == ["advise", "confirm", "auto", None]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"n": 999}, "results: 999, needed 1000"),
        ({"coverage": 0.8799}, "coverage: 0.8799, needed 0.88"),
        ({"coverage": None}, "coverage: not measured"),
        ({"hit_rate": 0.89}, "hit rate"),
        ({"adoption": None}, "adoption: not measured"),
        ({"worth": (-0.1, 2.0)}, "worth: -0.1 to 2, needed above 0"),
        ({"worth": (0.0, 2.0)}, "worth"),
        ({"worth": None}, "worth: not measured"),
        ({"hit_rate": float("nan")}, "hit rate"),
    ],
)
def test_each_need_alone_holds_a_step_back(change: dict[str, object], word: str) -> None:
    evidence = replace(BEST, **change)
    assert authority(FULL, evidence, "confirm") is None
    (lacking,) = FULL.steps[2].lacks(evidence)
    assert word in lacking


@pytest.mark.parametrize(
    ("present", "failing", "reached"),
    [
        ("auto", ("limit",), "observe"),
        ("auto", ("drift",), "observe"),
        ("auto", ("drift", "limit"), "observe"),
        ("advise", ("drift",), "observe"),
        ("observe", ("limit",), None),
        ("observe", ("drift",), None),
        ("confirm", ("a-guard-of-a-pack",), "advise"),
        ("observe", ("a-guard-of-a-pack",), None),
    ],
)
def test_guards(present: str, failing: tuple[str, ...], reached: str | None) -> None:
    assert after(authority(FULL, replace(BEST, failing=failing), present)) == reached


def test_a_fall_names_the_guard_that_caused_it() -> None:
    move = authority(FULL, replace(BEST, failing=("stale_data", "limit")), "auto")
    assert move is not None
    assert move.payload() == {
        "rule": FULL.version,
        "before": "auto",
        "after": "observe",
        "reasons": ["guard limit fails"],
    }


share = st.none() | st.floats(0, 1)
evidences = st.builds(
    Evidence,
    n=st.integers(0, 3000),
    coverage=share,
    hit_rate=share,
    adoption=share,
    worth=st.none() | st.tuples(st.floats(-1, 1), st.floats(1, 2)),
    failing=st.lists(st.sampled_from([*RULE.guards, "other"]), max_size=3, unique=True).map(tuple),
)


@given(evidences, st.sampled_from(LADDER))
def test_up_one_step_never_past_the_highest_and_never_under_a_failing_guard(evidence: Evidence, present: str) -> None:
    for rule in (RULE, FULL):
        move = authority(rule, evidence, present)
        if move is not None:
            assert move.before == present
            assert move.after != present
            rise = rank(move.after) - rank(present)
            assert rise <= 1
            if rise > 0:
                assert not evidence.failing
                assert rank(move.after) <= rank(rule.highest)


@given(evidences, st.sampled_from(LADDER))
def test_more_evidence_never_costs_a_step(evidence: Evidence, present: str) -> None:
    less = authority(FULL, replace(evidence, failing=()), present)
    more = authority(FULL, BEST, present)
    assert less is None or (more is not None and more.after == less.after)


def told(*payloads: dict[str, object]) -> list[Event]:
    return [
        Event.chain(
            seq, GENESIS, EventDraft(at_ns=0, kind="authority", subject="heating", actor="hub", payload=payload)
        )
        for seq, payload in enumerate(payloads, start=1)
    ]


def test_the_level_is_a_fold() -> None:
    up, down = authority(RULE, BEST, "observe"), authority(RULE, Evidence(n=0, failing=("limit",)), "advise")
    assert up is not None
    assert down is not None
    first, second = told(up.payload(), down.payload())
    assert levels([]) == {}
    assert levels([first]) == {"heating": "advise"}
    assert levels([second], levels([first])) == levels([first, second]) == {"heating": "observe"}


@pytest.mark.parametrize(
    "payload",
    [
        {"before": "advise", "after": "confirm"},
        {"before": "observe", "after": "confirm"},
        {"before": "observe", "after": "boss"},
        {},
    ],
)
def test_moves_that_are_none(payload: dict[str, object]) -> None:
    with pytest.raises(IllegalMoveError, match="heating"):
        levels(told(payload))


def test_a_rule_needs_every_step() -> None:
    with pytest.raises(ValueError, match="one step to each"):
        replace(RULE, steps=(Step(to="advise", n=1, coverage=0.5),))
    with pytest.raises(ValueError, match="expected one of observe"):
        replace(RULE, highest="boss")
