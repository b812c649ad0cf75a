"""What every historian must do: subclass, give the fixture ``open_historian``, and run pytest.

::

    class TestMine(HistorianConformance):
        @pytest.fixture
        def open_historian(self, tmp_path):
            return lambda clock: MyHistorian(tmp_path, clock=clock)

Each call of the function opens *the same* store anew; the suite closes one before it opens the next.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import polars as pl
import pytest

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.plant.frame import BAD, GOOD, KEY_COLUMNS
from pilothouse.plant.lineage import ORIGIN_COLUMNS
from pilothouse.ports import Historian, Written

Opener = Callable[[Callable[[], int]], Historian]


def rows(*observations: Mapping[str, object]) -> pl.DataFrame:
    """A frame of observations; what is not told of one is ``h1`` at instant 0, known at 0, live."""
    usual = {"piece": "h1", "start_ns": 0, "end_ns": 0, "known_ns": 0, "origin": "live"}
    told = [{**usual, **observation} for observation in observations]
    names = list(dict.fromkeys(name for row in told for name in row))
    schema = {name: KEY_COLUMNS.get(name, pl.UInt8 if name.endswith("#") else pl.Float64) for name in names}
    return pl.DataFrame([{name: row.get(name) for name in names} for row in told], schema=schema)


def origins(*told: tuple[object, ...]) -> pl.DataFrame:
    """Origins as tuples of child, parent, start, end and instant of knowledge."""
    return pl.DataFrame(list(told), schema=ORIGIN_COLUMNS, orient="row")


class HistorianConformance:
    """The laws of :class:`pilothouse.ports.Historian`."""

    @pytest.fixture
    def open_historian(self) -> Opener:
        """Give a function that opens the same store each time, with the clock it gets."""
        raise NotImplementedError("a conformance suite needs the fixture open_historian")

    def test_a_written_value_is_found(self, open_historian: Opener) -> None:
        """All columns come back as they went in."""
        frame = rows({"start_ns": 3, "end_ns": 5, "known_ns": 7, "origin": "manual", "t": 1.5})
        with _opened(open_historian) as historian:
            assert historian.write("u", frame) == Written(new=1, unchanged=0, corrected=0)
            assert _answer(historian, "t") == [("h1", 3, 5, 7, "manual", 1.5)]

    def test_what_was_written_is_there_after_reopening(self, open_historian: Opener) -> None:
        """Durable, with the sequence going on."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": 1.0}))
            before, told = historian.info(), _answer(historian, "t")
        with _opened(open_historian) as historian:
            assert _answer(historian, "t") == told
            assert historian.info() == before
            historian.write("u", rows({"piece": "h2", "t": 2.0}))
            assert historian.info().sequence > before.sequence

    def test_the_same_rows_again_change_nothing(self, open_historian: Opener) -> None:
        """Also after reopening; the sequence stays."""
        frame = rows({"t": 1.0}, {"piece": "h2", "t": 2.0}, {"piece": None, "t": 3.0})
        with _opened(open_historian) as historian:
            assert historian.write("u", frame).new == 3
            info = historian.info()
        with _opened(open_historian) as historian:
            assert historian.write("u", frame) == Written(new=0, unchanged=3, corrected=0)
            assert historian.info() == info

    def test_another_parameter_of_a_known_observation_is_new(self, open_historian: Opener) -> None:
        """Known at the same instant, both stand in one row of the answer."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"known_ns": 5, "t": 1.0}))
            assert historian.write("u", rows({"known_ns": 5, "p": 2.0})) == Written(new=1, unchanged=0, corrected=0)
            assert _answer(historian, "t", "p") == [("h1", 0, 0, 5, "live", 1.0, 2.0)]
            assert historian.info().rows == 1

    def test_each_value_keeps_the_instant_it_was_known(self, open_historian: Opener) -> None:
        """A laboratory result does not make the live value of the same observation known later."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"known_ns": 5, "t": 1.0}))
            historian.write("u", rows({"known_ns": 9, "p": 2.0}))
            live, laboratory = ("h1", 0, 0, 5, "live", 1.0, None), ("h1", 0, 0, 9, "live", None, 2.0)
            assert _answer(historian, "t", "p") == [live, laboratory]
            assert _answer(historian, "t", "p", as_of_ns=8) == [live]
            found = historian.last(["t", "p"]).select("parameter", "value", "known_ns").rows()
            assert found == [("p", 2.0, 9), ("t", 1.0, 5)]
            assert historian.info().rows == 1

    def test_a_corrected_value_leaves_its_neighbour_as_it_was(self, open_historian: Opener) -> None:
        """The old version is gone from the answer; what nobody corrected was known when it was known."""
        with _opened(open_historian, at_ns=100) as historian:
            historian.write("u", rows({"known_ns": 5, "t": 1.0, "p": 2.0}))
            historian.write("u", rows({"known_ns": 6, "t": 3.0}))
            now = [("h1", 0, 0, 5, "live", None, 2.0), ("h1", 0, 0, 100, "live", 3.0, None)]
            assert _answer(historian, "t", "p") == now
            assert _answer(historian, "t") == [now[1][:-1]]

    def test_a_correction_counts_from_when_it_was_received(self, open_historian: Opener) -> None:
        """Though it claims to have been known before, nobody could act on it."""
        with _opened(open_historian, at_ns=50) as historian:
            historian.write("u", rows({"known_ns": 5, "t": 1.0}))
        with _opened(open_historian, at_ns=100) as historian:
            assert historian.write("u", rows({"known_ns": 6, "t": 2.0})) == Written(new=0, unchanged=0, corrected=1)
            assert [row[-1] for row in _answer(historian, "t", as_of_ns=99)] == [1.0]
            assert [row[-1] for row in _answer(historian, "t", as_of_ns=100)] == [2.0]

    def test_an_old_file_again_does_not_undo_a_correction(self, open_historian: Opener) -> None:
        """It was told before in exactly this way."""
        old = rows({"known_ns": 5, "t": 1.0})
        with _opened(open_historian, at_ns=100) as historian:
            historian.write("u", old)
            historian.write("u", rows({"known_ns": 6, "t": 2.0}))
            assert historian.write("u", old).unchanged == 1
            assert [row[-1] for row in _answer(historian, "t")] == [2.0]

    def test_a_status_travels_with_its_value(self, open_historian: Opener) -> None:
        """A correction to a good value leaves no bad status behind, and the other way round."""
        with _opened(open_historian, at_ns=100) as historian:
            historian.write("u", rows({"t": 1.0, "t#": BAD}, {"piece": "h2", "t": 5.0}))
            assert historian.write("u", rows({"t": 2.0}, {"piece": "h2", "t": 5.0, "t#": BAD})).corrected == 2
            found = historian.scan(["t"])["u"]
            assert found.select("piece", "t", "t#").rows() == [("h1", 2.0, GOOD), ("h2", 5.0, BAD)]

    def test_bad_values_are_kept(self, open_historian: Opener) -> None:
        """Nothing drops them on the way."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": -715.0, "t#": BAD}))
            assert historian.scan(["t"])["u"].select("t", "t#").rows() == [(-715.0, BAD)]

    def test_nothing_known_later_is_seen(self, open_historian: Opener) -> None:
        """A laboratory result comes when it comes."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"known_ns": 10, "t": 1.0}, {"piece": "h2", "known_ns": 20, "t": 2.0}))
            assert _answer(historian, "t", as_of_ns=9) == []
            assert [row[0] for row in _answer(historian, "t", as_of_ns=19)] == ["h1"]

    def test_an_old_question_finds_its_old_answer(self, open_historian: Opener) -> None:
        """As of an instant and up to a sequence number, whatever is stored later."""
        with _opened(open_historian, at_ns=100) as historian:
            historian.write("u", rows({"known_ns": 5, "t": 1.0}))
            upto, told = historian.info().sequence, _answer(historian, "t", "p", as_of_ns=200)
            historian.write("u", rows({"known_ns": 4, "t": 9.0, "p": 1.0}, {"piece": "h0", "known_ns": 1, "t": 3.0}))
            assert _answer(historian, "t", "p", as_of_ns=200) != told
        with _opened(open_historian) as historian:
            assert _answer(historian, "t", "p", as_of_ns=200, upto=upto) == told

    def test_a_scan_takes_observations_that_begin_in_its_range(self, open_historian: Opener) -> None:
        """Half-open."""
        with _opened(open_historian) as historian:
            historian.write("u", rows(*({"start_ns": t, "end_ns": t + 5, "t": float(t)} for t in (3, 1, 2))))
            assert [row[1] for row in _answer(historian, "t", start_ns=1, end_ns=3)] == [1, 2]

    def test_a_scan_takes_the_pieces_asked_for(self, open_historian: Opener) -> None:
        """None of them is an empty answer."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": 1.0}, {"piece": "h2", "t": 2.0}, {"piece": None, "t": 3.0}))
            assert [row[0] for row in _answer(historian, "t", pieces=["h2", "h9"])] == ["h2"]
            assert _answer(historian, "t", pieces=[]) == []

    def test_an_answer_is_sorted(self, open_historian: Opener) -> None:
        """By start, end, piece and instant of knowledge, whatever the order of writing."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"piece": "a", "start_ns": 1, "end_ns": 2, "known_ns": 3, "p": 1.0}))
            for start_ns, end_ns, piece in ((2, 2, "a"), (1, 3, "a"), (1, 2, "b"), (1, 2, "a")):
                historian.write("u", rows({"piece": piece, "start_ns": start_ns, "end_ns": end_ns, "t": 1.0}))
            found = [(row[1], row[2], row[0], row[3]) for row in _answer(historian, "t", "p")]
            assert found == [(1, 2, "a", 0), (1, 2, "a", 3), (1, 2, "b", 0), (1, 3, "a", 0), (2, 2, "a", 0)]

    def test_units_are_kept_apart(self, open_historian: Opener) -> None:
        """The same observation on two units is two."""
        with _opened(open_historian) as historian:
            historian.write("caster.1/a", rows({"t": 1.0}))
            historian.write("Печь №1", rows({"t": 2.0}))
            found = {unit: frame["t"].to_list() for unit, frame in historian.scan(["t"]).items()}
            assert found == {"caster.1/a": [1.0], "Печь №1": [2.0]}

    def test_a_parameter_never_written_is_no_error(self, open_historian: Opener) -> None:
        """It is just not in the answer."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": 1.0}))
            assert historian.scan(["nothing"]) == {}
            assert historian.scan(["t", "nothing"])["u"].columns == [*KEY_COLUMNS, "t"]

    def test_last_gives_the_latest_known_of_each_parameter(self, open_historian: Opener) -> None:
        """Over all units, with its status."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": 1.0}, {"piece": "h2", "start_ns": 4, "end_ns": 4, "known_ns": 9, "t": 2.0}))
            historian.write("v", rows({"piece": "h0", "start_ns": 2, "end_ns": 2, "t": 3.0, "t#": BAD, "p": 4.0}))
            found = {row["parameter"]: row for row in historian.last(["t", "p", "nothing"]).to_dicts()}
            assert {name: (row["value"], row["status"], row["piece"]) for name, row in found.items()} == {
                "t": (2.0, GOOD, "h2"),
                "p": (4.0, GOOD, "h0"),
            }
            early = historian.last(["t"], as_of_ns=8)
            assert early.rows() == [("t", 3.0, BAD, "h0", 2, 2, 0)]

    def test_info_counts(self, open_historian: Opener) -> None:
        """An empty store knows nothing; a filled one its units, parameters and range of time."""
        with _opened(open_historian) as historian:
            empty = historian.info()
            assert (empty.rows, empty.values, empty.first_ns, empty.last_ns, empty.sequence) == (0, 0, None, None, 0)
            historian.write("u", rows({"start_ns": 3, "end_ns": 8, "t": 1.0}, {"start_ns": 5, "end_ns": 5, "p": 1.0}))
            info = historian.info()
            assert (info.rows, info.values, info.units, info.parameters) == (2, 2, ("u",), ("p", "t"))
            assert (info.first_ns, info.last_ns) == (3, 8)
            assert info.bytes_on_disk > 0

    def test_a_written_origin_is_found(self, open_historian: Opener) -> None:
        """Sorted by child, parent and range; durable; the same again, in any order, changes nothing."""
        told = [("c2", "s1", 5.0, 9.0, 7), ("c1", "s2", 0.0, 4.0, 7), ("c1", "s1", 0.5, 5.0, 7)]
        with _opened(open_historian) as historian:
            assert historian.write_genealogy(origins(*told)) == Written(new=3, unchanged=0, corrected=0)
            assert historian.genealogy().rows() == sorted(told)
            assert historian.genealogy().schema == pl.Schema(ORIGIN_COLUMNS)
            info = historian.info()
        with _opened(open_historian) as historian:
            assert historian.info() == info
            assert historian.write_genealogy(origins(*sorted(told))) == Written(new=0, unchanged=3, corrected=0)
            assert historian.info() == info
            assert historian.genealogy().rows() == sorted(told)

    def test_origins_and_values_share_the_sequence_and_nothing_else(self, open_historian: Opener) -> None:
        """One number tells what was stored by then; counts, units and range of time are those of the values."""
        with _opened(open_historian) as historian:
            historian.write("u", rows({"t": 1.0}))
            before = historian.info()
            historian.write_genealogy(origins(("h1", "h0", 0.0, 1.0, 5)))
            info = historian.info()
            assert info.sequence == before.sequence + 1
            assert (info.rows, info.values, info.units, info.last_ns) == (1, 1, ("u",), 0)
            assert info.bytes_on_disk > before.bytes_on_disk
            historian.write("u", rows({"piece": "h2", "t": 2.0}))
            assert [row[0] for row in _answer(historian, "t")] == ["h1", "h2"]

    def test_an_empty_store_knows_no_origin(self, open_historian: Opener) -> None:
        """The answer has its columns; nothing told is nothing stored."""
        with _opened(open_historian) as historian:
            assert historian.genealogy(as_of_ns=5).schema == pl.Schema(ORIGIN_COLUMNS)
            assert historian.write_genealogy(origins()) == Written(new=0, unchanged=0, corrected=0)
            assert historian.info().sequence == 0

    def test_no_origin_known_later_is_seen(self, open_historian: Opener) -> None:
        """All rows of a child are known when the last of them is."""
        with _opened(open_historian) as historian:
            historian.write_genealogy(
                origins(("c", "a", 0.0, 1.0, 10), ("c", "b", 0.0, 1.0, 20), ("d", "a", 1.0, 2.0, 15))
            )
            assert historian.genealogy(as_of_ns=14).rows() == []
            assert [row[0] for row in historian.genealogy(as_of_ns=19).rows()] == ["d"]
            assert [row[-1] for row in historian.genealogy(as_of_ns=20).rows()] == [20, 20, 15]

    def test_other_origins_of_a_child_are_a_correction(self, open_historian: Opener) -> None:
        """They replace all that was said of it, and count from when they were received; other children stay."""
        wrong, other = ("c", "a", 0.0, 1.0, 5), ("d", "a", 1.0, 2.0, 5)
        with _opened(open_historian, at_ns=50) as historian:
            historian.write_genealogy(origins(wrong, other))
        with _opened(open_historian, at_ns=100) as historian:
            right = [("c", "b", 0.0, 1.0, 6), ("c", "e", 0.0, 1.0, 6)]
            assert historian.write_genealogy(origins(*right)) == Written(new=0, unchanged=0, corrected=2)
            assert historian.genealogy(as_of_ns=99).rows() == [wrong, other]
            assert historian.genealogy(as_of_ns=100).rows() == [*((*row[:4], 100) for row in right), other]
            assert historian.write_genealogy(origins(wrong)).unchanged == 1, "an old file does not undo it"
            assert historian.write_genealogy(origins((*wrong[:4], 200))).corrected == 1, "who takes it back says so"
            assert historian.genealogy().rows() == [(*wrong[:4], 200), other]

    def test_an_old_question_of_descent_finds_its_old_answer(self, open_historian: Opener) -> None:
        """As of an instant and up to a sequence number, whatever is stored later."""
        with _opened(open_historian, at_ns=100) as historian:
            historian.write_genealogy(origins(("c", "a", 0.0, 1.0, 5)))
            upto, told = historian.info().sequence, historian.genealogy(as_of_ns=200)
            historian.write_genealogy(origins(("c", "b", 0.0, 1.0, 5), ("a", "z", 0.0, 1.0, 1)))
            assert not historian.genealogy(as_of_ns=200).equals(told)
        with _opened(open_historian) as historian:
            assert historian.genealogy(as_of_ns=200, upto=upto).equals(told)
            assert historian.genealogy(as_of_ns=99).rows() == [("a", "z", 0.0, 1.0, 1), ("c", "a", 0.0, 1.0, 5)]

    def test_an_origin_that_is_none_is_refused_whole(self, open_historian: Opener) -> None:
        """A missing column, a range that is none, a piece made of itself: the good rows are not half stored."""
        good = ("d", "a", 0.0, 1.0, 5)
        with _opened(open_historian) as historian:
            with pytest.raises(SchemaDriftError, match="known_ns"):
                historian.write_genealogy(origins(good).drop("known_ns"))
            for bad in (("c", "a", 1.0, 1.0, 5), ("c", "c", 0.0, 1.0, 5), ("c", None, 0.0, 1.0, 5)):
                with pytest.raises(DataError, match="row 1"):
                    historian.write_genealogy(origins(good, bad))
            assert historian.genealogy().is_empty()

    def test_an_empty_frame_changes_nothing(self, open_historian: Opener) -> None:
        """No row, no sequence number."""
        with _opened(open_historian) as historian:
            assert historian.write("u", rows({"t": 1.0}).clear()) == Written(new=0, unchanged=0, corrected=0)
            assert historian.info().sequence == 0

    def test_a_frame_that_is_none_is_refused_whole(self, open_historian: Opener) -> None:
        """A missing column, a row that ends before it begins: the good rows are not half stored."""
        with _opened(open_historian) as historian:
            with pytest.raises(SchemaDriftError, match="known_ns"):
                historian.write("u", rows({"t": 1.0}).drop("known_ns"))
            with pytest.raises(DataError, match="ends before"):
                historian.write("u", rows({"t": 1.0}, {"start_ns": 5, "end_ns": 4, "t": 1.0}))
            assert historian.scan(["t"]) == {}


@contextmanager
def _opened(open_historian: Opener, at_ns: int = 1_000) -> Iterator[Historian]:
    historian = open_historian(lambda: at_ns)
    try:
        yield historian
    finally:
        historian.close()


def _answer(historian: Historian, *parameters: str, **question: object) -> list[tuple[object, ...]]:
    """The rows of a scan of one unit: piece, start, end, known, origin, values."""
    found = historian.scan(parameters, **question)  # type: ignore[arg-type]
    return [row for frame in found.values() for row in frame.drop([c for c in frame.columns if c.endswith("#")]).rows()]
