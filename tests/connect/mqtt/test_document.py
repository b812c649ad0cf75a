"""JSON documents: values, their times and their quality, and everything that is none of it."""

import json
import sys

import pytest

from pilothouse.connect.mqtt.document import Found, MalformedError, Shape, look_up, read_document
from pilothouse.seeds import stream


def found(document, pointer="", **shape):
    return look_up(document, pointer.split("/")[1:], Shape(**shape))


@pytest.mark.parametrize(
    ("document", "pointer", "expected"),
    [
        (2.5, "", Found(2.5, None, 0)),
        (True, "", Found(1.0, None, 0)),
        ("H1", "", Found("H1", None, 0)),
        (None, "", Found(None, None, 0)),
        ({"a": {"b": [1, 2, 3]}}, "/a/b/2", Found(3.0, None, 0)),
        ({"value": 4, "timestamp": "1970-01-01T00:00:01Z"}, "", Found(4.0, 10**9, 0)),
        ({"a": {"value": 4}, "timestamp": "1970-01-01T00:00:01+00:00"}, "/a", Found(4.0, 10**9, 0)),
        ({"a": {"value": 4, "timestamp": "1970-01-01T00:00:02Z"}, "timestamp": "x"}, "/a", Found(4.0, 2 * 10**9, 0)),
        ({"a": 4, "quality": "bad"}, "/a", Found(4.0, None, 2)),
        ({"a": 4, "quality": "GOOD"}, "/a", Found(4.0, None, 0)),
        ({"a": 4, "quality": 192}, "/a", Found(4.0, None, 0)),
        ({"a": 4, "quality": 64}, "/a", Found(4.0, None, 1)),
        ({"a": 4, "quality": 0}, "/a", Found(4.0, None, 2)),
        ({"a": 4, "quality": False}, "/a", Found(4.0, None, 2)),
        ({"a": 4, "quality": None}, "/a", Found(4.0, None, 2)),
        ({"a": 4, "quality": "who knows"}, "/a", Found(4.0, None, 1)),
        ({"b": 4}, "/a", None),
        ({"a": {}}, "/a", None),
        ([1], "/1", None),
        ([1], "/-1", None),
        ([1], "/x", None),
        (7, "/a", None),
    ],
)
def test_what_stands_at_a_pointer(document, pointer, expected):
    assert found(document, pointer) == expected


@pytest.mark.parametrize(
    ("written", "form", "at_ns"),
    [
        (1.5, "epoch_s", 1_500_000_000),
        ("1.5", "epoch_s", 1_500_000_000),
        (1_700_000_000_123, "epoch_ms", 1_700_000_000_123_000_000),
        (1_700_000_000_123_456_789, "epoch_ns", 1_700_000_000_123_456_789),
        ("2026-07-01T00:00:00", "iso", 1_782_856_800_000_000_000),
    ],
)
def test_times_are_read_as_declared(written, form, at_ns):
    assert found({"value": 1, "t": written}, time="t", time_format=form, time_zone="Europe/Berlin").at_ns == at_ns


@pytest.mark.parametrize("code", [(0, 0), (0x40000000, 1), (0x80000000, 2), (0xC0000000, 2), (0x00A20000, 0)])
def test_codes_of_opc_ua_where_declared(code):
    assert found({"value": 1, "quality": code[0]}, codes="opc_ua").status == code[1]


@pytest.mark.parametrize(
    ("document", "form"),
    [
        ({"value": []}, "iso"),
        ({"value": {"x": 1}}, "iso"),
        ({"value": 10**400}, "iso"),
        ({"value": 1, "timestamp": 7}, "iso"),
        ({"value": 1, "timestamp": "yesterday"}, "iso"),
        ({"value": 1, "timestamp": "9999-01-01T00:00:00Z"}, "iso"),
        ({"value": 1, "timestamp": True}, "epoch_s"),
        ({"value": 1, "timestamp": "x"}, "epoch_s"),
        ({"value": 1, "timestamp": -5}, "epoch_s"),
        ({"value": 1, "timestamp": 1e300}, "epoch_s"),
        ({"value": 1, "timestamp": float("nan")}, "epoch_s"),
        ({"value": 1, "timestamp": float("inf")}, "epoch_s"),
        ({"value": 1, "timestamp": 10**30}, "epoch_ns"),
    ],
)
def test_what_is_no_value_or_time_is_told(document, form):
    with pytest.raises(MalformedError):
        found(document, time_format=form)


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b'{"a":1}x'])
def test_what_is_no_document_is_told(payload):
    with pytest.raises(MalformedError):
        read_document(payload)


def test_a_hundred_thousand_damaged_documents_are_read_or_refused():
    """No other error than one's own, no memory that grows, and the good one between them is always read."""
    rng = stream(5, "documents")
    good = json.dumps(
        {"speed": {"value": 1.5, "quality": 192, "timestamp": 1_700_000_000_000}, "n": [1, {"value": "x"}, None]}
    ).encode()
    shape, pointers = Shape(time_format="epoch_ms"), (["speed"], ["n", "0"], ["n", "1"], [])
    choices = rng.integers(0, 5, 100_000)
    places = rng.integers(0, len(good), (100_000, 4))
    bytes_ = rng.integers(0, 256, (100_000, 4), dtype="uint8")
    refused = 0
    for turn in range(100_000):
        damaged = bytearray(good)
        first, *rest = places[turn].tolist()
        if choices[turn] == 0:
            damaged = damaged[:first]
        elif choices[turn] == 1:
            damaged[first:first] = bytes_[turn].tobytes()
        elif choices[turn] == 2:
            del damaged[first : first + 1 + rest[0] % 8]
        else:
            for place, byte in zip([first, *rest], bytes_[turn].tolist(), strict=True):
                damaged[place] = byte if choices[turn] == 3 else b'{}[]",:0123456789e-'[byte % 19]
        try:
            document = read_document(bytes(damaged))
            for pointer in pointers:
                look_up(document, pointer, shape)
        except MalformedError:
            refused += 1
        if turn % 10_000 == 0:
            assert look_up(read_document(good), ["speed"], shape).value == 1.5
        if turn == 10_000:
            before = sys.getallocatedblocks()
    assert sys.getallocatedblocks() - before < 2_000
    assert 50_000 < refused < 100_000
