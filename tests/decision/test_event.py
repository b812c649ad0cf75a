"""Events: one text for one value, and a chain that no change slips through."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.decision.event import GENESIS, Event, EventDraft, canonical_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
PAYLOAD = st.dictionaries(st.text(max_size=3), JSON, max_size=3)


def draft(**changed):
    usual = {"at_ns": 5, "kind": "decided", "subject": "p1", "actor": "ana", "payload": {"verdict": "accepted"}}
    return EventDraft(**(usual | changed))


@given(value=PAYLOAD)
def test_the_order_of_keys_does_not_matter(value):
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@given(payload=PAYLOAD)
def test_a_payload_comes_back(payload):
    assert Event.chain(1, GENESIS, draft(payload=payload)).payload == payload


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": value})


@pytest.mark.parametrize("name", [f.name for f in fields(Event)])
def test_any_change_breaks_the_chain(name):
    event = Event.chain(3, "a" * 64, draft())
    assert event.is_sound("a" * 64)
    value = getattr(event, name)
    assert not replace(event, **{name: value + 1 if isinstance(value, int) else value + "x"}).is_sound("a" * 64)


def test_fields_cannot_flow_into_each_other():
    one, other = draft(kind="ab", subject="c"), draft(kind="a", subject="bc")
    assert Event.chain(1, GENESIS, one).hash != Event.chain(1, GENESIS, other).hash
