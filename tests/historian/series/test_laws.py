"""Laws: what is read depends on what was told and when it was known, not on order, repetition or where it lies."""

import os
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.historian.series.frame import Values, decode_rows, decode_values, encode, is_whole, shape_of
from pilothouse.historian.series.store import SeriesStore
from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN
from pilothouse.testing.series import batch, shuffled

COLUMNS = {"t": "u", "p": "u", "q": "v"}
START = 490_000 * NS_PER_H
NUMBERS = count()

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

values = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1571.3, 2.0**24 + 1, 0.1, 1e-40, 1e300]),
    st.floats(allow_nan=False, allow_infinity=False),
)
instants = st.builds(
    lambda hour, minute: START + hour * NS_PER_H + minute * NS_PER_MIN, st.integers(0, 30), st.integers(0, 3)
)
told = st.tuples(st.sampled_from("tpq"), instants, values, st.sampled_from([GOOD, GOOD, UNCERTAIN, BAD]))


@st.composite
def several(draw):
    """Batches, each received at its own instant: of those received together the order would decide."""
    return [
        batch(*rows, received_ns=START + 100 * NS_PER_H + k)
        for k, rows in enumerate(draw(st.lists(st.lists(told, max_size=6), min_size=1, max_size=6)))
    ]


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Path:
    """In memory where there is such a folder: here nothing has to survive."""
    memory = Path("/dev/shm")  # noqa: S108
    if not os.access(memory, os.W_OK):
        yield tmp_path_factory.mktemp("laws")
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def opened(room: Path) -> SeriesStore:
    return SeriesStore(room / str(next(NUMBERS)), COLUMNS, clock=lambda: START)


def one_a_cell(batches):
    """Without what a batch says of one cell a second time: known together, only the order could decide."""
    cleaned = []
    for told in batches:
        rows = {}
        for k in range(len(told)):
            key = (told.parameters[told.which[k]], int(told.source_ns[k]))
            rows.setdefault(key, (*key, float(told.values[k]), int(told.statuses[k])))
        cleaned.append(batch(*rows.values(), received_ns=told.received_ns))
    return cleaned


def told_by(store: SeriesStore, as_of_ns=None):
    rows = store.read(["t", "p", "q"], start_ns=START, end_ns=START + 99 * NS_PER_H, as_of_ns=as_of_ns)
    return rows.select(sorted(rows.columns)).to_dicts()


@SETTINGS
@given(batches=several(), data=st.data())
def test_any_order_and_repetition_gives_the_same_reading(room, batches, data) -> None:
    batches = one_a_cell(batches)
    order = data.draw(st.permutations(range(len(batches))))
    again = data.draw(st.lists(st.integers(0, len(batches) - 1), max_size=4))
    with opened(room) as straight, opened(room) as crooked:
        for one in batches:
            straight.write([one])
        for one in shuffled(batches, [*again, *order, *again]):
            crooked.write([one])
        assert told_by(straight) == told_by(crooked)
        for one in batches:
            assert told_by(straight, one.received_ns) == told_by(crooked, one.received_ns)
        newest, other = straight.latest(), crooked.latest()
        assert newest.parameters == other.parameters
        assert newest.source_ns.tolist() == other.source_ns.tolist()
        assert [repr(v) for v in newest.values] == [repr(v) for v in other.values]


@SETTINGS
@given(batches=several(), data=st.data())
def test_sealed_or_not_gives_the_same_reading(room, batches, data) -> None:
    with opened(room) as live, opened(room) as sealed:
        for one in batches:
            assert live.write([one]) == sealed.write([one])
            if data.draw(st.booleans()):
                sealed._sealer().seal_hours(START + data.draw(st.integers(0, 40)) * NS_PER_H, late_too=True)
            if data.draw(st.booleans()):
                sealed._sealer().compact_days(START + data.draw(st.integers(0, 60)) * NS_PER_H)
        assert told_by(live) == told_by(sealed)
        for one in batches:
            assert told_by(live, one.received_ns) == told_by(sealed, one.received_ns)
        assert live.info().values == sealed.info().values
        span = {"start_ns": START, "end_ns": START + 99 * NS_PER_H}
        finite = [k for k in "tpq" if all(abs(v) < 1e100 for b in batches for v in b.values)]
        average, other = live.minutes(finite, **span), sealed.minutes(finite, **span)
        assert average.equals(other)
        path, root = sealed.latest(), sealed._root
        sealed.close()
        with SeriesStore(root, COLUMNS, clock=lambda: START) as reopened:
            assert told_by(live) == told_by(reopened)
            assert reopened.latest().parameters == path.parameters
            assert [repr(v) for v in reopened.latest().values] == [repr(v) for v in path.values]


@SETTINGS
@given(rows=st.lists(told, min_size=1, max_size=8), known=st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_a_frame_comes_back_as_it_was(rows, known) -> None:
    cells = {(ord(k) % 3, at): (v, s) for k, at, v, s in rows}
    keys = sorted(cells)
    with np.errstate(over="ignore"):
        number = np.array([cells[k][0] for k in keys])
        exact = bool((number.astype(np.float32) == number).all())
    written = Values(
        columns=np.array([k for k, _ in keys]),
        source_ns=np.array([at for _, at in keys]),
        known_ns=np.array(known[: len(keys)] + [0] * max(0, len(keys) - 8)),
        values=number,
        statuses=np.array([cells[k][1] for k in keys], np.uint8),
    )
    frame = encode(written, 3, 2, exact32=exact)
    assert is_whole(frame)
    assert not is_whole(frame[:-1] + bytes([frame[-1] ^ 1]))
    read, origin = decode_values(frame, 3)
    order = np.lexsort((read.source_ns, read.columns))
    for name in ("columns", "source_ns", "known_ns", "values", "statuses"):
        assert getattr(read, name)[order].tolist() == getattr(written, name).tolist(), name
    assert origin == 2
    if shape_of(frame) is not None:
        assert len(decode_rows([frame, frame], 3).source_ns) == 2 * len(np.unique(written.source_ns))
