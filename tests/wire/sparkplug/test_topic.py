"""Topics of Sparkplug, and STATE."""

import pytest

from pilothouse.wire.sparkplug.topic import Topic, read_state, state_payload, state_topic


@pytest.mark.parametrize(
    "text", ["spBv1.0/g/NBIRTH/n", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/DCMD/n/d", "spBv1.0/g/NDEATH/n"]
)
def test_a_topic_is_read_and_written(text):
    assert str(Topic.read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spBv1.0",
        "spAv1.0/g/NBIRTH/n",
        "spBv1.0/g/NBIRTH/n/d",
        "spBv1.0/g/DBIRTH/n",
        "spBv1.0//NBIRTH/n",
        "spBv1.0/g/DDATA/n/",
        "spBv1.0/g/DDATA/n/d/e",
        "spBv1.0/g/XDATA/n/d",
        "spBv1.0/STATE/hub",
        "spBv1.0/STATE/STATE/STATE",
    ],
)
def test_what_is_none_is_none(text):
    assert Topic.read(text) is None


def test_state():
    assert state_topic("hub") == "spBv1.0/STATE/hub"
    assert read_state(state_payload(online=False, timestamp_ms=5)) == (False, 5)


@pytest.mark.parametrize(
    "payload", [b"", b"ONLINE", b"[]", b"{}", b'{"online": 1, "timestamp": 1}', b'{"online": true}', b"[" * 99_999]
)
def test_what_is_no_state_is_none(payload):
    assert read_state(payload) is None
