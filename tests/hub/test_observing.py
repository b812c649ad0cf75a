"""Live values become observations of pieces: once each, corrected by what comes later, found again after a crash."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pilothouse.connect.intake import Durable
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.historian.series.column import columns_of
from pilothouse.historian.series.store import SeriesStore
from pilothouse.hub.observing import SETTLE_NS, Observed, Observer, unit_of
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.sample import Passage, Samples

S = 10**9
T0 = 1_800_000_000 * S


def parameter(key: str, role: str) -> Parameter:
    return Parameter(key=key, name=key, kind="temperature", unit="degC", role=role, equipment="FAL")


PLANT = Plant(
    key="mill",
    name="Mill",
    time_zone="UTC",
    currency="EUR",
    equipment={"FAL": Equipment(key="FAL", level="work_unit", name="Annealing")},
    parameters={
        p.key: p for p in (parameter("strip", "measured"), parameter("soak", "lever"), parameter("lab", "laboratory"))
    },
    materials={},
    segments={},
    orders={},
    kpis={},
)


class Line:
    """An annealing line, its two stores, and the hub's clock."""

    def __init__(self, root: Path) -> None:
        self.now_s = 0.0
        self.series = SeriesStore(root / "series", columns_of(PLANT), clock=self.clock)
        self.historian = ParquetHistorian(root / "historian", clock=self.clock)
        self.told: list[Observed] = []
        self.start()

    def clock(self) -> int:
        return T0 + round(self.now_s * S)

    def start(self) -> None:
        """A new start of the hub on the same stores."""
        self.observer = Observer(PLANT, self.series, self.historian, tell=self.told.extend, clock=self.clock)

    def passes(self, at_s: float, piece: str, place: str = "FAL") -> None:
        self.bring(
            passages=[Passage(place=place, piece=piece, since_ns=T0 + round(at_s * S), received_ns=self.clock())]
        )

    def shows(
        self, key: str, told: dict[float, float], *, status: int = 0, origin: str = "live", **more: object
    ) -> None:
        n = len(told)
        batch = Samples(
            parameters=(key,),
            which=np.zeros(n, np.int32),
            source_ns=np.array([T0 + round(s * S) for s in told], dtype=np.int64),
            values=np.array(list(told.values())),
            statuses=np.full(n, status, np.uint8),
            received_ns=self.clock(),
            origin=origin,
            **more,
        )
        self.bring(batches=[batch])

    def bring(self, batches: list[Samples] = (), passages: list[Passage] = (), *, crash: bool = False) -> None:
        """As the intake does: into the live tier first."""
        if passages:
            self.series.write_passages(passages)
        if batches:
            self.series.write(batches)
        if not crash:
            self.observer.take(Durable(batches=tuple(batches), passages=tuple(passages)))

    def wait(self, s: float) -> None:
        self.now_s += s
        self.observer.take(Durable(batches=(), passages=()))

    def observations(self, *keys: str) -> pl.DataFrame:
        return self.historian.scan(keys or ("strip", "soak"), as_of_ns=self.clock() + 10 * S).get(
            unit_of("FAL"), pl.DataFrame()
        )

    def close(self) -> None:
        self.series.close()
        self.historian.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    one = Line(tmp_path)
    yield one
    one.close()


def stays(line: Line, piece: str = "c1", begin_s: float = 0.0) -> None:
    """A piece passes, five seconds long."""
    line.passes(begin_s, piece)
    line.shows("strip", {begin_s + k: 800.0 + k for k in range(5)})
    line.shows("soak", {begin_s: 850.0, begin_s + 2: 860.0})


SETTLE_S = SETTLE_NS / S


def test_a_piece_that_left_is_observed_once_after_a_moment(line: Line) -> None:
    stays(line)
    line.now_s = 5.0
    line.passes(5.0, "c2")
    assert line.observations().is_empty()
    line.wait(SETTLE_S + 1)
    line.wait(1)
    found = line.observations()
    assert found.select("piece", "strip", "soak").rows() == [("c1", 802.0, 860.0)]
    assert (found["end_ns"][0] - found["start_ns"][0]) / S == 5.0
    assert line.told == [Observed(place="FAL", piece="c1", is_result=False, known_ns=found["known_ns"][0])]


def test_an_empty_place_ends_a_stay_too(line: Line) -> None:
    stays(line)
    line.now_s = 5.0
    line.passes(5.0, "")
    line.wait(SETTLE_S + 1)
    assert line.observations()["piece"].to_list() == ["c1"]


def test_what_is_given_again_corrects_the_observation(line: Line) -> None:
    stays(line)
    line.now_s = 5.0
    line.passes(5.0, "c2")
    line.wait(SETTLE_S + 1)
    line.shows("strip", {0.5: 900.0}, origin="replayed")
    line.wait(SETTLE_S + 1)
    assert line.observations()["strip"].drop_nulls().to_list() == [
        pytest.approx((800 + 801 + 802 + 803 + 804 + 900) / 6)
    ]
    assert len(line.told) == 2


def test_bad_values_do_not_count_and_many_make_it_uncertain(line: Line) -> None:
    line.passes(0.0, "c1")
    line.shows("strip", {0.0: 800.0})
    line.shows("strip", {1.0: 5.0, 2.0: 6.0}, status=2)
    line.shows("soak", {1.0: 850.0}, status=2)
    line.now_s = 5.0
    line.passes(5.0, "")
    line.wait(SETTLE_S + 1)
    found = line.observations()
    assert found.select("strip", "strip#", "soak", "soak#").rows() == [(800.0, 1, None, 2)]


@pytest.mark.parametrize("named", [True, False])
def test_a_result_is_of_the_piece_it_names_or_its_own_place_tells(line: Line, named: bool) -> None:
    stays(line, "c9")
    line.now_s = 5.0
    if named:
        line.shows("lab", {-100.0: 2.31}, pieces=("c1",), of=np.zeros(1, np.int32))
    else:
        line.passes(-100.0, "c1", place="lab")
        line.shows("lab", {-100.0: 2.31})
    found = line.observations("lab")
    assert found.select("piece", "lab").rows() == [("c1", 2.31)]
    assert (found["known_ns"][0] - found["start_ns"][0]) / S == 105.0
    assert [(o.place, o.is_result) for o in line.told] == [("lab", True)]


def test_a_result_of_no_known_piece_is_kept_without_one(line: Line) -> None:
    line.shows("lab", {-100.0: 2.31})
    assert line.observations("lab").select("piece", "lab").rows() == [(None, 2.31)]
    assert line.told == []


def test_a_crash_before_the_observation_loses_nothing(line: Line) -> None:
    stays(line)
    line.now_s = 5.0
    passage = Passage(place="FAL", piece="c2", since_ns=T0 + 5 * S, received_ns=line.clock())
    line.bring(passages=[passage], crash=True)
    line.now_s += SETTLE_S + 1
    line.start()
    line.wait(1)
    assert line.observations()["piece"].to_list() == ["c1"]
    line.start()
    line.wait(1)
    assert len(line.told) == 1


def test_a_refusal_of_the_historian_forgets_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    stays(line)
    line.now_s = 5.0
    line.passes(5.0, "c2")
    write: Callable[..., object] = line.historian.write

    def refuse(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(line.historian, "write", refuse)
    with pytest.raises(OSError, match="full"):
        line.wait(SETTLE_S + 1)
    monkeypatch.setattr(line.historian, "write", write)
    line.wait(1)
    assert line.observations()["piece"].to_list() == ["c1"]


def test_a_refused_result_is_written_when_it_is_told_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    write = line.historian.write
    monkeypatch.setattr(line.historian, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        line.shows("lab", {-100.0: 2.31}, pieces=("c1",), of=np.zeros(1, np.int32))
    monkeypatch.setattr(line.historian, "write", write)
    line.shows("lab", {-100.0: 2.31}, pieces=("c1",), of=np.zeros(1, np.int32))
    assert line.observations("lab").select("piece", "lab").rows() == [("c1", 2.31)]


def test_two_pieces_with_the_same_result_at_the_same_instant_are_two(line: Line) -> None:
    for piece in ("c1", "c2"):
        line.shows("lab", {-100.0: 2.31}, pieces=(piece,), of=np.zeros(1, np.int32))
    assert sorted(line.observations("lab")["piece"].to_list()) == ["c1", "c2"]


def test_a_result_that_stays_on_show_is_told_once(line: Line) -> None:
    for _ in range(3):
        line.shows("lab", {-100.0: 2.31}, pieces=("c1",), of=np.zeros(1, np.int32))
    assert len(line.told) == 1


def test_passages_told_twice_or_late_make_no_second_stay(line: Line) -> None:
    stays(line)
    line.now_s = 5.0
    line.passes(5.0, "c2")
    line.passes(5.0, "c2")
    line.passes(3.0, "cx")
    line.passes(6.0, "c2")
    line.now_s = 9.0
    line.shows("strip", {7.0: 700.0})
    line.passes(8.0, "c3")
    line.wait(SETTLE_S + 1)
    assert line.observations()["piece"].to_list() == ["c1", "c2"]
