"""What every live tier must do: subclass, give the fixture ``open_series``, and run pytest.

::

    class TestMine(SeriesConformance):
        @pytest.fixture
        def open_series(self, tmp_path):
            return lambda clock: MySeries(tmp_path, clock=clock)

Each call of the function opens *the same* store anew; the suite closes one before it opens the next. The store declares
the parameters ``t`` and ``p`` of the place ``u``, and ``q`` of the place ``v``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest

from pilothouse.errors import UnknownParameterError
from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN
from pilothouse.plant.sample import Gap, Passage, Samples
from pilothouse.ports import Series, Taken

Opener = Callable[[Callable[[], int]], Series]
Told = tuple[str, int, float, int]
"""A value as key, source time, number and status."""

NAN = float("nan")


def batch(*told: tuple[object, ...], received_ns: int = 100, origin: str = "live") -> Samples:
    """A batch of values told as key, source time, number and, where it is not good, status."""
    keys = tuple(dict.fromkeys(str(row[0]) for row in told))
    whole = [(*row, GOOD)[:4] for row in told]
    return Samples(
        parameters=keys,
        which=np.array([keys.index(str(row[0])) for row in whole], np.int32),
        source_ns=np.array([row[1] for row in whole], np.int64),
        values=np.array([row[2] for row in whole], np.float64),
        statuses=np.array([row[3] for row in whole], np.uint8),
        received_ns=received_ns,
        origin=origin,
    )


def everything(series: Series, *keys: str, as_of_ns: int | None = None) -> list[tuple[object, ...]]:
    """All that was ever told of parameters, without statuses."""
    rows = series.read(keys, start_ns=-(2**62), end_ns=2**62, as_of_ns=as_of_ns)
    return rows.select("time_ns", "known_ns", *keys).rows()


class SeriesConformance:
    """The laws of :class:`pilothouse.ports.Series`."""

    @pytest.fixture
    def open_series(self) -> Opener:
        """Give a function that opens the same store each time, with the clock it gets."""
        raise NotImplementedError("a conformance suite needs the fixture open_series")

    def test_a_written_value_is_found(self, open_series: Opener) -> None:
        """To the last bit, with its two times."""
        with _opened(open_series) as series:
            assert series.write([batch(("t", 5, 0.1 + 0.2), ("p", 5, 2.0**53))]) == Taken(new=2, repeated=0, late=0)
            assert everything(series, "t", "p") == [(5, 100, 0.1 + 0.2, 2.0**53)]

    def test_what_was_written_is_there_after_reopening(self, open_series: Opener) -> None:
        """Durable: values, passages, gaps, what is newest, and the counts."""
        gap = Gap(connection="c", parameters=2, start_ns=5, end_ns=9, missing=3)
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0), ("q", 6, 2.0))])
            series.write_passages([Passage(place="u", piece="h1", since_ns=5, received_ns=100)])
            series.write_gaps([gap])
            told, info, newest = everything(series, "t", "q"), series.info(), _newest(series)
        with _opened(open_series) as series:
            assert everything(series, "t", "q") == told
            assert (series.info().values, series.info().last_ns) == (info.values, info.last_ns)
            assert _newest(series) == newest == {"t": (5, 1.0, GOOD), "q": (6, 2.0, GOOD)}
            assert series.passages("u", start_ns=0, end_ns=9)[0].piece == "h1"
            assert series.gaps(start_ns=0, end_ns=9) == (gap,)

    def test_the_same_values_again_change_nothing(self, open_series: Opener) -> None:
        """Received later, told twice in a batch, after reopening."""
        values = batch(("t", 5, 1.0), ("p", 5, NAN, BAD))
        with _opened(open_series) as series:
            assert series.write([values, values]) == Taken(new=2, repeated=2, late=0)
            told = everything(series, "t", "p")
        with _opened(open_series) as series:
            again = batch(("t", 5, 1.0), ("p", 5, NAN, BAD), received_ns=200)
            assert series.write([again]) == Taken(new=0, repeated=2, late=0)
            assert everything(series, "t", "p") == told
            assert series.info().values == 2

    def test_another_value_of_an_instant_counts_from_when_it_was_received(self, open_series: Opener) -> None:
        """And the first one, told again, does not undo it."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0), received_ns=100)])
            assert series.write([batch(("t", 5, 2.0), received_ns=200)]) == Taken(new=1, repeated=0, late=0)
            assert series.write([batch(("t", 5, 1.0), received_ns=300)]).repeated == 1
            assert everything(series, "t", as_of_ns=199) == [(5, 100, 1.0)]
            assert everything(series, "t", as_of_ns=200) == everything(series, "t") == [(5, 200, 2.0)]
            assert _newest(series) == {"t": (5, 2.0, GOOD)}

    def test_another_status_is_another_value(self, open_series: Opener) -> None:
        """What was good may turn out to be bad."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0))])
            assert series.write([batch(("t", 5, 1.0, UNCERTAIN), received_ns=200)]).new == 1
            rows = series.read(["t"], start_ns=0, end_ns=9)
            assert rows.rows() == [(5, 200, 1.0, UNCERTAIN)]

    def test_bad_values_are_kept(self, open_series: Opener) -> None:
        """With their number where they have one; a status stands beside every value of its parameter."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, NAN, BAD), ("t", 6, 7.0, BAD), ("t", 7, 1.0))])
            rows = series.read(["t"], start_ns=0, end_ns=9)
            assert rows.select("t", "t#").rows() == [(None, BAD), (7.0, BAD), (1.0, GOOD)]

    def test_a_bad_value_covers_a_good_one(self, open_series: Opener) -> None:
        """Where it was received later."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0))])
            series.write([batch(("t", 5, NAN, BAD), received_ns=200)])
            assert series.read(["t"], start_ns=0, end_ns=9).rows() == [(5, 200, None, BAD)]

    def test_nothing_known_later_is_seen(self, open_series: Opener) -> None:
        """As of an instant; what comes later does not change the answer."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0), received_ns=100)])
            told = everything(series, "t", "p", as_of_ns=150)
            series.write([batch(("t", 4, 9.0), ("p", 5, 9.0), received_ns=200)])
            assert everything(series, "t", "p", as_of_ns=150) == told == [(5, 100, 1.0, None)]

    def test_late_values_are_counted_and_take_their_place(self, open_series: Opener) -> None:
        """In order of the source's time, whatever the order of arrival."""
        with _opened(open_series) as series:
            series.write([batch(("t", 7, 1.0))])
            assert series.write([batch(("t", 5, 2.0), ("t", 9, 3.0), ("p", 5, 4.0))]) == Taken(
                new=3, repeated=0, late=1
            )
            assert [row[2] for row in everything(series, "t")] == [2.0, 1.0, 3.0]
            assert _newest(series)["t"] == (9, 3.0, GOOD)

    def test_a_reading_is_half_open_and_in_the_order_asked(self, open_series: Opener) -> None:
        """What was never told is an empty column; a parameter asked twice stands once."""
        with _opened(open_series) as series:
            series.write([batch(*(("t", k, float(k)) for k in range(5)))])
            rows = series.read(["p", "t", "p"], start_ns=1, end_ns=3)
            assert rows.columns == ["time_ns", "known_ns", "p", "t"]
            assert rows.rows() == [(1, 100, None, 1.0), (2, 100, None, 2.0)]
            assert rows.schema["p"] == pl.Float64

    def test_an_empty_store_answers(self, open_series: Opener) -> None:
        """With empty frames."""
        with _opened(open_series) as series:
            assert series.read(["t"], start_ns=0, end_ns=9).height == 0
            assert len(series.latest()) == 0
            info = series.info()
            assert (info.values, info.units, info.parameters, info.first_ns, info.last_ns) == (0, (), (), None, None)
            assert series.write([]) == series.write([batch()]) == Taken(new=0, repeated=0, late=0)

    def test_places_stand_side_by_side(self, open_series: Opener) -> None:
        """One row an instant over all of them, known when the newest value in it was."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0), ("t", 6, 2.0), received_ns=100)])
            series.write([batch(("q", 6, 3.0), ("q", 7, 4.0), received_ns=200)])
            assert everything(series, "q", "t") == [(5, 100, None, 1.0), (6, 200, 3.0, 2.0), (7, 200, 4.0, None)]

    def test_one_strange_parameter_refuses_the_write(self, open_series: Opener) -> None:
        """All or none."""
        with _opened(open_series) as series:
            with pytest.raises(UnknownParameterError, match="strange"):
                series.write([batch(("t", 5, 1.0)), batch(("strange", 5, 1.0))])
            with pytest.raises(UnknownParameterError, match="strange"):
                series.read(["strange"], start_ns=0, end_ns=9)
            assert everything(series, "t") == []

    def test_passages_begin_with_the_piece_that_was_there(self, open_series: Opener) -> None:
        """Told twice they stand once; of what was told of an instant, what was received last counts."""
        told = [Passage(place="u", piece=f"h{k}", since_ns=10 * k, received_ns=100) for k in range(4)]
        with _opened(open_series) as series:
            series.write_passages(told[::-1])
            series.write_passages(told)
            assert series.passages("u", start_ns=15, end_ns=30) == tuple(told[1:3])
            assert series.passages("u", start_ns=20, end_ns=21) == (told[2],)
            right = Passage(place="u", piece="h9", since_ns=20, received_ns=200)
            series.write_passages([right])
            assert series.passages("u", start_ns=20, end_ns=30) == (right,)
            assert series.passages("v", start_ns=0, end_ns=99) == ()

    def test_a_value_that_names_its_piece_is_a_passage_of_its_parameter(self, open_series: Opener) -> None:
        """A laboratory result is of another piece than its place holds."""
        named = Samples(
            parameters=("t",),
            which=np.zeros(3, np.int32),
            source_ns=np.array([5, 6, 7]),
            values=np.array([1.0, 2.0, 3.0]),
            statuses=np.zeros(3, np.uint8),
            received_ns=100,
            pieces=("h1", "h2"),
            of=np.array([0, 0, 1], np.int32),
        )
        with _opened(open_series) as series:
            series.write([named])
            assert [(p.piece, p.since_ns) for p in series.passages("t", start_ns=6, end_ns=9)] == [("h1", 5), ("h2", 7)]

    def test_gaps_are_replaced_by_what_was_said_later(self, open_series: Opener) -> None:
        """One of the same connection and start."""
        with _opened(open_series) as series:
            open_gap = Gap(connection="c", parameters=2, start_ns=5, end_ns=9, missing=3)
            filled = Gap(connection="c", parameters=2, start_ns=5, end_ns=9, missing=3, filled=3)
            other = Gap(connection="d", parameters=1, start_ns=20, end_ns=30, missing=1)
            series.write_gaps([open_gap, other])
            series.write_gaps([filled])
            assert series.gaps(start_ns=0, end_ns=100) == (filled, other)
            assert series.gaps(start_ns=10, end_ns=15) == ()

    def test_any_origin_is_taken(self, open_series: Opener) -> None:
        """What is told again after an outage, beside what came live."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0)), batch(("t", 6, 2.0), origin="replayed")])
            assert [row[2] for row in everything(series, "t")] == [1.0, 2.0]

    def test_info_counts(self, open_series: Opener) -> None:
        """Values, places, parameters and range of time."""
        with _opened(open_series) as series:
            series.write([batch(("t", 5, 1.0), ("t", 9, 2.0), ("q", 7, 3.0))])
            info = series.info()
            assert (info.values, info.units, info.first_ns, info.last_ns) == (3, ("u", "v"), 5, 9)
            assert {"t", "q"} <= set(info.parameters)
            assert info.bytes_on_disk > 0


def shuffled(batches: Sequence[Samples], order: Sequence[int]) -> list[Samples]:
    """Batches in another order, some more than once."""
    return [batches[k % len(batches)] for k in order]


@contextmanager
def _opened(open_series: Opener, at_ns: int = 1_000) -> Iterator[Series]:
    series = open_series(lambda: at_ns)
    try:
        yield series
    finally:
        series.close()


def _newest(series: Series) -> dict[str, tuple[int, float, int]]:
    told = series.latest()
    rows = zip(told.which, told.source_ns, told.values, told.statuses, strict=True)
    return {told.parameters[k]: (int(at), float(value), int(status)) for k, at, value, status in rows}
