"""The View cannot look ahead: whatever is stored later, an old question finds its old answer."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.view import Read, Snapshot, View
from pilothouse.errors import UnknownParameterError
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.plant.frame import KEY_COLUMNS
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.testing.historian import rows

PARAMETERS = ("t", "p", "q")
READS = (Read(parameters=("t", "p")), Read(parameters=("q",), span_ns=4))

PLANT = Plant(
    key="plant",
    name="Plant",
    time_zone="UTC",
    currency="EUR",
    equipment={},
    parameters={
        key: Parameter(key=key, name=key, kind="mass", unit="kg", role="measured", equipment="u") for key in PARAMETERS
    },
    materials={},
    segments={},
    orders={},
    kpis={},
)

value = st.none() | st.sampled_from([1.0, 2.0, 3.0])
observation = st.fixed_dictionaries(
    {
        "piece": st.sampled_from(["a", "b", None]),
        "start_ns": st.integers(0, 3),
        "end_ns": st.just(3),
        "known_ns": st.integers(0, 12),
        "t": value,
        "q": value,
        "t#": st.sampled_from([None, 2]),
    },
    optional={"p": value},
)
Write = tuple[str, list[dict[str, object]]]
writes: st.SearchStrategy[list[Write]] = st.lists(
    st.tuples(st.sampled_from(["u", "v"]), st.lists(observation, min_size=1, max_size=5)), min_size=1, max_size=4
)


def view(historian: ParquetHistorian, as_of_ns: int, upto: int) -> View:
    return View(plant=PLANT, recorded=historian, as_of_ns=as_of_ns, upto=upto)


def written(historian: ParquetHistorian, frames: Sequence[Write]) -> None:
    for unit, observations in frames:
        historian.write(unit, rows(*observations))


@settings(deadline=None, max_examples=60)
@given(before=writes, later=writes, as_of_ns=st.integers(0, 14))
def test_the_same_question_has_the_same_answer_for_ever(before: list[Write], later: list[Write], as_of_ns: int) -> None:
    """Late data, corrections and a reopened store change neither frames nor fingerprint."""
    with TemporaryDirectory() as folder:
        with ParquetHistorian(Path(folder), clock=lambda: 6) as historian:
            written(historian, before)
            upto = historian.info().sequence
            then = view(historian, as_of_ns, upto).snapshot(READS)
            written(historian, later)
            now = view(historian, as_of_ns, upto).snapshot(READS)
        with ParquetHistorian(Path(folder)) as historian:
            reopened = view(historian, as_of_ns, upto).snapshot(READS)
    for again in (now, reopened):
        assert again.frames.keys() == then.frames.keys()
        assert all(again.frames[unit].equals(frame) for unit, frame in then.frames.items())
        assert again.fingerprint() == then.fingerprint()


LATER = 1000.0
"""Added to every value known later than the instant, so that a single look ahead would show."""


@settings(deadline=None, max_examples=80)
@given(frames=writes, as_of_ns=st.integers(0, 11))
def test_nothing_known_later_can_be_seen(frames: list[Write], as_of_ns: int) -> None:
    marked = [(unit, [mark(row, as_of_ns) for row in observations]) for unit, observations in frames]
    with TemporaryDirectory() as folder, ParquetHistorian(Path(folder), clock=lambda: 6) as historian:
        written(historian, marked)
        upto = historian.info().sequence
        seen = view(historian, as_of_ns, upto).snapshot(READS)
        for frame in seen.frames.values():
            assert frame.filter(pl.col("known_ns") > as_of_ns).is_empty()
            assert frame.filter(pl.any_horizontal(pl.col(pl.Float64) >= LATER)).is_empty()


def test_a_result_is_seen_from_the_instant_it_is_known(historian: ParquetHistorian) -> None:
    historian.write("u", rows({"known_ns": 9, "t": 1.0}))
    assert view(historian, 8, 1).snapshot(READS).frames == {}
    assert view(historian, 9, 1).snapshot(READS).observations("t")["value"].to_list() == [1.0]
    historian.close()


def mark(row: dict[str, object], as_of_ns: int) -> dict[str, object]:
    if row["known_ns"] <= as_of_ns:
        return row
    return {name: cell + LATER if name in PARAMETERS and cell is not None else cell for name, cell in row.items()}


def snapshot() -> Snapshot:
    frame = rows({"t": 1571.0, "t#": 1}, {"piece": None, "start_ns": 4, "end_ns": 9, "t": -0.5}, {"piece": "Плавка"})
    return Snapshot(as_of_ns=9, upto=3, frames={"lf1": frame})


GOLDEN = "f2c1e7d9b789422a92c885a7b0dd640d52d26ad6c830c280209abf0e19ad7939"


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    """A golden value: it must never change, for the ledger keeps it."""
    assert snapshot().fingerprint() == GOLDEN
    code = "import importlib.util as u, sys; s = u.spec_from_file_location('v', sys.argv[1]); m = u.module_from_spec(s); s.loader.exec_module(m); sys.stdout.write(m.snapshot().fingerprint())"  # noqa: E501 - one line for -c
    command = [sys.executable, "-c", code, __file__]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == GOLDEN


@pytest.mark.parametrize(
    "change",
    [
        pl.col("t") + 1e-9,
        pl.col("t#").fill_null(0),
        pl.col("piece").fill_null(""),
        pl.lit(None, dtype=pl.Float64).alias("t"),
        pl.col("origin").str.replace("live", "manual"),
        pl.col("t").alias("p"),
    ],
)
def test_any_change_changes_the_fingerprint(change: pl.Expr) -> None:
    frame = snapshot().frames["lf1"]
    changed = Snapshot(as_of_ns=9, upto=3, frames={"lf1": frame.with_columns(change)})
    assert changed.fingerprint() != GOLDEN


def test_texts_do_not_run_into_each_other() -> None:
    prints = {
        Snapshot(as_of_ns=0, upto=0, frames={"u": rows({"piece": one}, {"piece": other})}).fingerprint()
        for one, other in (("a", "bc"), ("ab", "c"), ("a\x00", "bc"), ("a", "\x00bc"))
    }
    assert len(prints) == 4


def test_the_way_a_frame_lies_in_memory_does_not_matter() -> None:
    frame = snapshot().frames["lf1"]
    pieces = pl.concat([frame.slice(0, 1), frame.slice(1)], rechunk=False).select(sorted(frame.columns))
    assert Snapshot(as_of_ns=9, upto=99, frames={"lf1": pieces}).fingerprint() == GOLDEN


@pytest.fixture
def historian(tmp_path: Path) -> ParquetHistorian:
    return ParquetHistorian(tmp_path, clock=lambda: 100)


def test_a_laboratory_result_makes_nothing_beside_it_known_later(historian: ParquetHistorian) -> None:
    """Two times per value: also in a view a week later, and whichever way the two are read."""
    happened_ns = 7 * NS_PER_DAY
    instant = {"start_ns": happened_ns, "end_ns": happened_ns}
    historian.write("u", rows(instant | {"known_ns": happened_ns, "t": 1571.0}))
    historian.write("u", rows(instant | {"known_ns": happened_ns + NS_PER_DAY, "q": 0.4, "p": 3.0}))
    together = (Read(parameters=("t", "p", "q")),)
    apart = (
        Read(parameters=("q",), span_ns=9 * NS_PER_DAY),
        Read(parameters=("t",)),
        Read(parameters=("p",), span_ns=8 * NS_PER_DAY),
    )
    for reads in (together, apart):
        seen = view(historian, happened_ns + 7 * NS_PER_DAY, 2).snapshot(reads)
        assert seen.frames["u"].select("known_ns", "t", "p", "q").rows() == [
            (happened_ns, 1571.0, None, None),
            (happened_ns + NS_PER_DAY, None, 3.0, 0.4),
        ]
        assert seen.observations("t")["known_ns"].to_list() == [happened_ns]
        assert seen.observations("q")["known_ns"].to_list() == [happened_ns + NS_PER_DAY]
    historian.close()


def test_what_was_read_apart_and_known_at_one_instant_shares_a_row(historian: ParquetHistorian) -> None:
    historian.write("u", rows({"start_ns": 6, "end_ns": 6, "known_ns": 7, "t": 1.0}, {"t": 2.0, "q": 8.0}))
    historian.write("u", rows({"start_ns": 6, "end_ns": 6, "known_ns": 7, "q": 3.0}))
    frame = view(historian, 10, 2).snapshot(READS).frames["u"]
    assert frame.select("start_ns", "known_ns", "t", "q").rows() == [(0, 0, 2.0, None), (6, 7, 1.0, 3.0)]
    historian.close()


@settings(deadline=None, max_examples=60)
@given(frames=writes, as_of_ns=st.integers(0, 14))
def test_reads_apart_say_what_reads_together_say(frames: list[Write], as_of_ns: int) -> None:
    together, apart = (
        [Read(parameters=PARAMETERS)],
        [Read(parameters=(p,), span_ns=90 + n) for n, p in enumerate("qpt")],
    )
    with TemporaryDirectory() as folder, ParquetHistorian(Path(folder), clock=lambda: 6) as historian:
        written(historian, frames)
        seen = [view(historian, as_of_ns, 9).snapshot(reads).frames for reads in (together, apart)]
    assert seen[0].keys() == seen[1].keys()
    for unit, frame in seen[0].items():
        # A parameter of which nothing was known yet has no column where it is read alone.
        assert frame.select(seen[1][unit].columns).equals(seen[1][unit])
        assert all(frame[c].is_null().all() for c in set(frame.columns) - set(seen[1][unit].columns))


def test_a_snapshot_of_some_pieces(historian: ParquetHistorian) -> None:
    historian.write("u", rows({"t": 1.0}, {"piece": "h2", "t": 2.0, "q": 5.0}))
    found = view(historian, 3, 1).snapshot(READS, pieces=["h2"])
    assert found.frames["u"].select("piece", "t", "q").rows() == [("h2", 2.0, 5.0)]
    assert found.observations("t").select("piece", "value").rows() == [("h2", 2.0)]
    historian.close()


def test_what_is_not_declared_or_declared_twice(historian: ParquetHistorian) -> None:
    with pytest.raises(UnknownParameterError, match="'x' is not declared"):
        view(historian, 3, 1).snapshot([Read(parameters=("x",))])
    with pytest.raises(ValueError, match="t is read twice"):
        view(historian, 3, 1).snapshot([Read(parameters=("t",)), Read(parameters=("t",), span_ns=5)])
    historian.close()


def test_observations_leave_out_bad_values_and_come_in_order() -> None:
    frames = {
        "v": rows({"start_ns": 1, "end_ns": 1, "t": 1.0}),
        "u": rows({"start_ns": 2, "end_ns": 2, "t": 2.0}, {"start_ns": 0, "t": 9.0, "t#": 2}),
    }
    found = Snapshot(as_of_ns=5, upto=1, frames=frames)
    assert found.observations("t")["value"].to_list() == [1.0, 2.0]
    assert found.observations("t", worst_status=2)["value"].to_list() == [9.0, 1.0, 2.0]
    assert found.observations("nothing").columns == [*KEY_COLUMNS, "value"]


@pytest.mark.parametrize(("age_ns", "stale"), [(5, ()), (4, ("t",)), (None, ())])
def test_stale_is_older_than_declared(age_ns: int | None, stale: tuple[str, ...]) -> None:
    frames = {"u": rows({"end_ns": 4, "t": 1.0}, {"start_ns": 7, "end_ns": 7, "t": 2.0, "t#": 2})}
    assert Snapshot(as_of_ns=9, upto=1, frames=frames).stale([Read(parameters=("t",), greatest_age_ns=age_ns)]) == stale


def test_a_snapshot_is_frozen() -> None:
    with pytest.raises(TypeError):
        snapshot().frames["lf2"] = rows({"t": 1.0})  # type: ignore[index]
