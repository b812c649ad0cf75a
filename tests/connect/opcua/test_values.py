"""DataValues out of bytes, beside what asyncua's own encoder writes; whatever a stranger sends, good values stay."""

import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.connect.address import Address, Addresses, PieceAddress
from pilothouse.connect.opcua.answer import parse_history, parse_published
from pilothouse.connect.opcua.translation import Translation
from pilothouse.connect.opcua.values import decode_values
from pilothouse.seeds import stream

KIND = ua.VariantType
NOW_NS = 1_780_000_000_000_000_000
MOMENT = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
TRANSLATION = Translation(
    Addresses(
        parameters=(Address(parameter="good", address="a"), Address(parameter="odd", address="b", scale=2.0)),
        pieces=(PieceAddress(place="unit", address="c"),),
    )
)


def item(handle, value, kind=None, code=0, at=MOMENT):
    shown = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(code), at, at)
    return struct_to_binary(ua.MonitoredItemNotification(ClientHandle=handle, Value=shown))


def decode(parts):
    return decode_values(b"".join(parts), 0, len(parts), with_handles=True)[0]


def test_runs_of_one_type_and_changes_of_type():
    parts = [item(0, 1.5), item(1, 2.5), item(0, 3, KIND.Int16), item(1, True), item(0, "a"), item(1, 4.5, KIND.Float)]
    values = decode(parts)
    assert values.lost == 0
    assert values.numbers.tolist() == [1.5, 2.5, 3.0, 1.0, 4.5]
    assert values.handles.tolist() == [0, 1, 0, 1, 1]
    assert [(other.handle, other.value) for other in values.others] == [(0, "a")]
    assert set(values.source.tolist()) == {ua.datetime_to_win_epoch(MOMENT)}


def test_picoseconds_stand_behind_their_own_timestamp():
    one = struct.pack("<IBBdIqHqH", 1, 0x3F, 11, 2.5, 0, 1_000, 7, 2_000, 8)
    values = decode([one, one])
    assert (values.source.tolist(), values.server.tolist()) == ([1_000, 1_000], [2_000, 2_000])
    text = struct.pack("<IBBi1sIqHqH", 1, 0x3F, 12, 1, b"a", 0, 1_000, 7, 2_000, 8)
    (other,) = decode([text]).others
    assert (other.value, other.source, other.server) == ("a", 1_000, 2_000)


def test_a_damaged_value_costs_only_what_stands_behind_it():
    parts = [item(0, 1.0), struct.pack("<IBB", 1, 0xFF, 0x3F), item(0, 2.0)]
    values = decode(parts)
    assert values.numbers.tolist() == [1.0]
    assert values.lost == 2


def test_a_list_cut_short_is_counted():
    data = b"".join([item(0, 1.0)] * 3)[:-3]
    values, _ = decode_values(data, 0, 3, with_handles=True)
    assert (len(values.numbers), values.lost) == (2, 1)


SCALARS = st.one_of(
    st.tuples(st.text(max_size=300), st.just(KIND.String)),
    st.tuples(st.binary(max_size=300), st.just(KIND.ByteString)),
    st.tuples(st.floats(), st.just(KIND.Double)),
    st.tuples(st.floats(width=32), st.just(KIND.Float)),
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.just(KIND.Int64)),
    st.tuples(st.integers(0, 255), st.just(KIND.Byte)),
    st.tuples(st.booleans(), st.just(KIND.Boolean)),
    st.tuples(st.none(), st.just(KIND.Null)),
    st.tuples(st.lists(st.floats(), max_size=20), st.just(KIND.Double)),
    st.tuples(st.lists(st.text(max_size=9), max_size=20), st.just(KIND.String)),
    st.tuples(st.uuids(), st.just(KIND.Guid)),
)
CODES = st.sampled_from([0, 0x40000000, 0x80000000, 0x80320000, 0x480, 0xFFFFFFFF])
TIMES = st.one_of(
    st.none(),
    st.integers(0, 8_000 * 365 * 86_400).map(lambda at: datetime(1601, 1, 2, tzinfo=UTC) + timedelta(seconds=at)),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), SCALARS, CODES, TIMES), max_size=60))
def test_no_value_of_any_kind_loses_a_good_one(odd):
    parts, good = [], []
    for place, (handle, (value, kind), code, at) in enumerate(odd):
        parts += [item(handle or 1, value, kind, code, at), item(0, float(place))]
        good.append(float(place))
    told = TRANSLATION.translate(decode(parts), NOW_NS)
    assert told.counts["malformed"] <= len(odd)
    if told.samples is None:
        assert not good
        return
    of_good = told.samples.which == 0
    assert told.samples.values[of_good].tolist() == good
    assert not told.samples.statuses[of_good].any()
    assert np.isfinite(told.samples.values[told.samples.statuses != 2]).all()
    assert all(passage.place == "unit" for passage in told.passages)


@pytest.mark.slow
def test_a_hundred_thousand_odd_values_lose_no_good_one():
    chance = stream(1, "odd values")
    kinds = [
        lambda: (chance.bytes(40), KIND.ByteString),
        lambda: ("x" * int(chance.integers(300)), KIND.String),
        lambda: (float(chance.choice([np.nan, np.inf, -np.inf, 1e308, 5e-324])), KIND.Double),
        lambda: (None, KIND.Null),
        lambda: ([1.0, 2.0], KIND.Double),
        lambda: (bool(chance.integers(2)), KIND.Boolean),
        lambda: (int(chance.integers(2**62)), KIND.Int64),
    ]
    codes = [0, 0x40000000, 0x80000000, 0xFFFFFFFF]
    odd = good = 0
    for _ in range(1_000):
        parts = []
        for place in range(100):
            value, kind = kinds[int(chance.integers(len(kinds)))]()
            at = MOMENT + timedelta(days=int(chance.integers(-10_000, 10_000)))
            parts += [item(int(chance.integers(1, 9)), value, kind, codes[int(chance.integers(4))], at)]
            parts += [item(0, float(place))]
        told = TRANSLATION.translate(decode(parts), NOW_NS)
        assert told.samples is not None
        of_good = told.samples.which == 0
        assert told.samples.values[of_good].tolist() == [float(place) for place in range(100)]
        odd, good = odd + 100, good + int(of_good.sum())
    assert (odd, good) == (100_000, 100_000)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 30))
def test_any_bytes_behind_good_values_leave_them(noise, count):
    data = b"".join([item(0, 1.0), item(0, 2.0)]) + noise
    values, _ = decode_values(data, 0, 2 + count, with_handles=True)
    assert values.numbers[:2].tolist() == [1.0, 2.0]
    assert len(values.numbers) + len(values.others) + values.lost == 2 + count
    TRANSLATION.translate(values, NOW_NS)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 150))
def test_a_damaged_answer_raises_an_exception_and_nothing_worse(noise, at):
    answer = ua.PublishResponse()
    answer.Parameters.SubscriptionId = 3
    data = struct_to_binary(answer)
    for parse in (parse_published, parse_history):
        with suppress(Exception):  # any exception is an answer; an endless loop or a crash is none
            parse(Buffer(data[:at] + noise))


def test_an_answer_of_asyncua_is_read_as_asyncua_reads_it():
    shown = [ua.DataValue(ua.Variant(float(k)), ua.StatusCode(0), MOMENT, MOMENT) for k in range(5)]
    change = ua.DataChangeNotification(
        MonitoredItems=[ua.MonitoredItemNotification(ClientHandle=k, Value=value) for k, value in enumerate(shown)]
    )
    answer = ua.PublishResponse()
    answer.TypeId = ua.FourByteNodeId(ua.ObjectIds.PublishResponse_Encoding_DefaultBinary)
    answer.Parameters.SubscriptionId = 3
    answer.Parameters.AvailableSequenceNumbers = [1, 2]
    answer.Parameters.NotificationMessage.SequenceNumber = 9
    answer.Parameters.NotificationMessage.NotificationData = [
        change,
        ua.StatusChangeNotification(Status=ua.StatusCode(ua.StatusCodes.BadTimeout)),
    ]
    published = parse_published(Buffer(struct_to_binary(answer)))
    assert (published.subscription, published.sequence) == (3, 9)
    assert published.values[0].numbers.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert published.ended == [ua.StatusCodes.BadTimeout]


def test_a_history_of_asyncua_is_read_as_asyncua_reads_it():
    shown = [ua.DataValue(ua.Variant(float(k)), ua.StatusCode(0), MOMENT, MOMENT) for k in range(5)]
    answer = ua.HistoryReadResponse()
    answer.Results = [
        ua.HistoryReadResult(ContinuationPoint=b"more", HistoryData=ua.HistoryData(DataValues=shown)),
        ua.HistoryReadResult(StatusCode=ua.StatusCode(ua.StatusCodes.BadHistoryOperationUnsupported)),
    ]
    first, second = parse_history(Buffer(struct_to_binary(answer)))
    assert (first.values.numbers.tolist(), first.more) == ([0.0, 1.0, 2.0, 3.0, 4.0], b"more")
    assert (second.code, len(second.values.numbers)) == (ua.StatusCodes.BadHistoryOperationUnsupported, 0)
