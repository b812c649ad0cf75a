"""Events: what happens on the floor when, where it stops for set-points, and what is known of a piece then.

An event is an instant and what happens then. What happens may stop before it acts, at a point where something became
known and set-points can be given (:class:`Stop`); it acts when the loop is asked for the next. Two events of one
instant happen in the order in which they were entered, so that the same run is the same run.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Final

from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.practice import Practice
from proving_ground.silicon_mill.records import Bookkeeping, Records, Row
from proving_ground.silicon_mill.route import Passed, Route, Segment, Shot
from proving_ground.silicon_mill.sorting import Sorted

STEEL_T_M3: Final = 7.65


def strip_length_m(coil: Coil) -> float:
    """Length of a finished coil, m."""
    return coil.mass_t / (STEEL_T_M3 * coil.strip_width_mm * 1e-3 * coil.thickness_mm * 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A point at which something became known of a piece.

    Parameters
    ----------
    piece, segment, at_h
        Which piece, where, and when.
    is_open
        Whether its set-points can be given now; otherwise it has left, and this is the last that is known of it.
    rows
        What became known of it since its last stop.
    presets
        What will be set where nothing else is commanded.
    sold
        What it was sorted as, once it is finished.
    """

    piece: Heat | Coil
    segment: Segment
    at_h: float
    is_open: bool
    rows: tuple[Row, ...]
    presets: Mapping[str, float] = field(default_factory=dict)
    sold: Sorted | None = None


Happening = Callable[[float], Iterator[Stop]]


class Events:
    """The loop of events, the pieces in the mill, and how one passes a segment.

    Parameters
    ----------
    route
        The units.
    practice
        How they are run.
    records
        Where values are kept.

    Attributes
    ----------
    now_h
        Hours since the run began.
    pieces
        Every piece in the mill with the segment that it passes next, by key.
    commanded
        Set-points that were commanded, by piece and segment.
    """

    def __init__(self, route: Route, practice: Practice, records: Records) -> None:
        self.now_h = 0.0
        self.pieces: dict[str, tuple[Heat | Coil, Segment]] = {}
        self.commanded: dict[tuple[str, str], dict[str, float]] = {}
        self._route = route
        self._practice = practice
        self._records = records
        self._books = Bookkeeping(records, route.draws)
        self._events: list[tuple[float, int, Happening]] = []
        self._entered = count()
        self._untold: dict[str, list[Row]] = {}

    def run(self) -> Iterator[Stop | None]:
        """Let things happen, one after another, stopping where set-points can be given; None after each event."""
        while True:
            at_h, _, happen = heappop(self._events)
            self.now_h = at_h
            yield from happen(at_h)
            yield None

    def next_h(self) -> float:
        """When something happens next."""
        return self._events[0][0]

    def waiting(self, piece: str) -> Segment | None:
        """The segment that a piece will pass next; None for one that is not in the mill."""
        found = self.pieces.get(piece)
        return None if found is None else found[1]

    def piece(self, key: str) -> Heat | Coil | None:
        """A piece in the mill."""
        found = self.pieces.get(key)
        return None if found is None else found[0]

    def _at(self, at_h: float, happen: Happening) -> None:
        heappush(self._events, (at_h, next(self._entered), happen))

    def _pass(
        self, segment: Segment, piece: Heat | Coil, at_h: float, end_h: float | None = None
    ) -> Generator[Stop, None, Passed]:
        """Stop, then let the piece pass with what the practice sets unless it is commanded otherwise."""
        key = piece.slab_key if isinstance(piece, Coil) and segment.material == "slab" else piece.key
        rows = self._tell(piece, at_h)
        set_points = self._route.standing(segment, at_h) | self._practice.set_points(segment, piece, at_h)
        yield Stop(piece=piece, segment=segment, at_h=at_h, is_open=True, rows=rows, presets=set_points)
        commanded = self.commanded.pop((key, segment.key), {})
        self._practice.overruled(segment, piece, commanded)
        set_points = set_points | commanded
        passed = self._go(segment, piece, set_points, at_h)
        self._keep(piece, passed.shots, at_h, at_h + passed.run.minutes / 60.0 if end_h is None else end_h)
        return passed

    def _go(self, segment: Segment, piece: Heat | Coil, set_points: dict[str, float], at_h: float) -> Passed:
        if isinstance(piece, Heat):
            return self._route.pass_heat(segment, piece, set_points, at_h)
        return self._route.pass_coil(segment, piece, set_points, at_h)

    def _keep(self, piece: Heat | Coil, shots: Sequence[Shot], start_h: float, end_h: float) -> list[Row]:
        neighbour = "" if isinstance(piece, Heat) else piece.neighbour_key
        kept: list[Row] = []
        for shot in shots:
            rows = self._books.keep(shot, start_h, end_h, neighbour)
            for row in rows:
                told_as = piece.key if row.segment.material == "slit-coil" else row.piece
                self._untold.setdefault(told_as, []).append(row)
            kept += rows
            if shot.segment.material == "slit-coil" and isinstance(piece, Coil):
                self._records.origins.append((shot.piece, piece.key, 0.0, round(strip_length_m(piece), 1)))
        return kept

    def _tell(self, piece: Heat | Coil, at_h: float) -> tuple[Row, ...]:
        """What became known of a piece since it was last told of; of a coil also what is known of its slab."""
        keys = (piece.key,) if isinstance(piece, Heat) else (piece.slab_key, piece.key)
        told: list[Row] = []
        for key in keys:
            rows = self._untold.pop(key, [])
            told += [row for row in rows if row.known_h <= at_h]
            later = [row for row in rows if row.known_h > at_h]
            if later:
                self._untold[key] = later
        return tuple(told)

    def _left(self, piece: Heat | Coil, segment: Segment, sold: Sorted | None = None) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            yield Stop(piece=piece, segment=segment, at_h=at_h, is_open=False, rows=self._tell(piece, at_h), sold=sold)

        return happen
