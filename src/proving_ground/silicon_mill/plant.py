"""The silicon-steel mill that does not exist: heats are made, cast, rolled and annealed; only values come out."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pilothouse.plant.open_order import OpenOrder, StockPiece
from pilothouse.plants import Aim, Calendar, Figure, Moment, Reading, Refusal, Sorting, Tick
from proving_ground.constant import draw
from proving_ground.silicon_mill.applying import open_orders, stock_pieces
from proving_ground.silicon_mill.applying import why_not as why_not_given
from proving_ground.silicon_mill.calendars import Services
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.events import Stop
from proving_ground.silicon_mill.flow import Flow
from proving_ground.silicon_mill.grades import Grade
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.interlocks import why_not
from proving_ground.silicon_mill.live import Live
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.practice import PRACTICES, Practice
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.records import Records, instant_ns
from proving_ground.silicon_mill.route import Route
from proving_ground.silicon_mill.score import figures_of
from proving_ground.silicon_mill.sorting import MAGNETIC, Sorted

RUN_IN_H: Final = 24.0 * 70.0
"""The mill starts empty; after so long its floor is as full as it will be, and the figures begin to count."""


class SiliconMill:
    """One plant of the family; see :class:`pilothouse.plants.ProvingPlant` and :class:`pilothouse.plants.LivePlant`.

    Examples
    --------
    >>> mill = SiliconMill(seed=1)
    >>> moment = next(mill.moments(1))
    >>> refused = mill.command(moment.piece, "FAL.line.speed", 9_000.0)
    >>> "FAL.line.speed" in refused.reason
    True
    """

    def __init__(self, *, seed: int, plant_variation: int = 0, practice: str = "usual") -> None:
        if practice not in PRACTICES:
            raise ValueError(f"practice: expected one of {', '.join(PRACTICES)}, got {practice!r}")
        self._constants = draw(FAMILY, CONSTANTS, plant_variation)
        self._route = Route(self._constants, seed=seed, plant_variation=plant_variation)
        self._services = Services(self._route)
        self._records = Records()
        crews = Practice(rules_of(practice, plant_variation), self._route)
        self._flow = Flow(self._route, crews, self._records)
        self._run = self._flow.run()
        while self._flow.next_h() < RUN_IN_H:
            next(self._run)
        self._counted_h = RUN_IN_H
        self._flow.forget(RUN_IN_H)
        self._live = Live(self._flow, self._run, self._records, seed)
        self._second = round(RUN_IN_H * 3600.0)

    @property
    def now_ns(self) -> int:
        """The instant up to which it has run."""
        return instant_ns(self._now_h)

    @property
    def flow(self) -> Flow:
        """Its pieces in time; for scoring and the plant's own studies, not on the port."""
        return self._flow

    @property
    def records(self) -> Records:
        """What is recorded so far; for scoring and the plant's own studies, not on the port."""
        return self._records

    def guaranteed_b50_t(self, grade: Grade) -> float:
        """Least B50 that the mill guarantees its customers, T."""
        return self._route.guaranteed_b50_t(grade)

    def run(self, pieces: int) -> None:
        """Finish so many more coils under the plant's practice."""
        for _ in self._stops(pieces):
            pass

    def moments(self, pieces: int) -> Iterator[Moment]:
        """Finish so many more coils, stopping before every segment of every piece in the mill."""
        if pieces < 0:
            raise ValueError(f"pieces: expected 0 or more, got {pieces}")
        for stop in self._stops(pieces):
            yield self._moment(stop)

    def command(self, piece: str, parameter: str, value: float) -> Refusal | None:
        """Order a set-point for the segment that a piece passes next."""
        reason = self._why_not(piece, parameter, value)
        if reason is not None:
            return Refusal(piece=piece, parameter=parameter, reason=f"{parameter}: {reason}")
        segment = self._flow.waiting(piece)
        assert segment is not None  # a piece without one is refused
        self._flow.commanded.setdefault((piece, segment.key), {})[parameter] = value
        return None

    def calendars(self) -> Mapping[str, Calendar]:
        """What is serviced by a calendar (:mod:`.calendars`)."""
        return self._services.told(self._now_h)

    def reschedule(self, calendar: str, every: float) -> Refusal | None:
        """Service something so often from now on."""
        reason = self._services.set_every(calendar, every)
        return None if reason is None else Refusal(piece="", parameter=calendar, reason=f"{calendar}: {reason}")

    def orders(self) -> tuple[OpenOrder, ...]:
        """Orders that are not full (:mod:`.applying`)."""
        return open_orders(self._flow.book, self._route.guaranteed_b50_t)

    def stock(self) -> tuple[StockPiece, ...]:
        """Finished coils that lie in no full order."""
        return stock_pieces(self._flow.book)

    def assign(self, piece: str, order: str) -> Refusal | None:
        """Give a finished coil to an order, or say why not."""
        lot, found = self._flow.book.loose.get(piece), self._flow.book.order(order)
        reason = why_not_given(lot, found, self._route.guaranteed_b50_t)
        if reason is not None:
            return Refusal(piece=piece, parameter=order, reason=f"order {order}: {reason}")
        assert lot is not None  # refused otherwise
        assert found is not None
        if lot.order is not found:
            self._flow.move(lot, found)
        return None

    @property
    def disturbances(self) -> Mapping[str, str]:
        """What can be switched on; beside these each instrument can drift or be stuck (:mod:`.instruments`)."""
        return {name: told for stage in self._route.stages for name, told in stage.DISTURBANCES.items()}

    def disturb(self, name: str, *, on: bool = True) -> None:
        """Switch a disturbance on or off."""
        if not self._route.disturb(name, self._now_h, on=on):
            known = ", ".join(self.disturbances)
            raise ValueError(
                f"disturbance: expected one of {known}, instrument-drift:KEY or instrument-stuck:KEY, got {name!r}"
            )

    def live(self, seconds: int) -> Iterator[Tick]:
        """Run for so many seconds, a tick each."""
        if seconds < 0:
            raise ValueError(f"seconds: expected 0 or more, got {seconds}")
        first = max(self._second, math.ceil(self._flow.now_h * 3600.0))
        for told, tick in enumerate(self._live.seconds(first, seconds)):
            self._second = first + told + 1
            yield tick

    def write_history(self, folder: Path) -> None:
        """Write a table a unit of what is known by now, the genealogy and the orders."""
        self._records.write(folder, self._now_h)

    def figures(self) -> Mapping[str, Figure]:
        """Figures since the run-in ended, or since they were last counted anew (:mod:`.score`)."""
        return figures_of(self._flow, self._counted_h)

    def count_anew(self) -> None:
        """Let the figures count from now on."""
        self._counted_h = self._flow.now_h
        self._flow.forget(self._counted_h)

    @property
    def _now_h(self) -> float:
        """Hours since the run began: of the last event, or of the last second that was shown."""
        return max(self._flow.now_h, self._second / 3600.0)

    def _stops(self, pieces: int) -> Iterator[Stop]:
        goal = len(self._flow.tally.finished) + pieces
        while len(self._flow.tally.finished) < goal:
            stop = next(self._run)
            if stop is not None:
                yield stop

    def _moment(self, stop: Stop) -> Moment:
        piece, segment = stop.piece, stop.segment
        readings: list[Reading] = []
        for row in sorted(stop.rows, key=lambda row: row.known_h):
            readings += row.readings()
        aims = self._aims(piece)
        is_slab = segment.material == "slab"
        came_of: tuple[str, ...] = ()
        if isinstance(piece, Coil):
            came_of = (piece.heat.key,) if is_slab else (piece.slab_key, piece.heat.key)
        sold = stop.sold
        return Moment(
            piece=piece.slab_key if isinstance(piece, Coil) and is_slab else piece.key,
            segment=segment.key,
            at_ns=instant_ns(stop.at_h),
            readings=tuple(readings),
            levers=segment.set_points if stop.is_open else (),
            aims=aims,
            kind=piece.grade.key,
            came_of=came_of,
            presets=stop.presets,
            sorting=_sorting(piece, sold, aims) if isinstance(piece, Coil) and sold is not None else None,
        )

    def _aims(self, piece: Heat | Coil) -> tuple[Aim, ...]:
        """What the order asks of the finished strip: the loss of its grade, and the induction the mill guarantees."""
        grade, known = piece.grade, parameters()
        loss, b50 = known["TEST.test.P15_50"], known["TEST.test.B50"]
        return (
            Aim(parameter=loss.key, low=0.0, high=grade.loss_limit_w_kg),
            Aim(parameter=b50.key, low=self._route.guaranteed_b50_t(grade), high=max(b50.high, 2.2)),
        )

    def _why_not(self, piece: str, parameter: str, value: float) -> str | None:
        """Why a command cannot be taken."""
        segment, found = self._flow.waiting(piece), self._flow.piece(piece)
        if parameter not in parameters():
            return "expected one of the mill's 1,080 parameters"
        if segment is None or found is None:
            return f"piece {piece} is not in the mill, or has left it"
        if parameter not in segment.set_points:
            return f"expected a set-point of {segment.key}, which piece {piece} is before"
        return why_not(found, parameter, value)


def _sorting(coil: Coil, sold: Sorted, aims: tuple[Aim, ...]) -> Sorting:
    """What the test and the inspection of a coil say; a test may err."""
    missed = [cause for cause, aim in zip(MAGNETIC, aims, strict=True) if not _meets(aim, coil.seen[aim.parameter])]
    return Sorting(
        faults=(*missed, *(cause for cause in coil.defects if cause not in MAGNETIC)),
        sold_as="" if sold.grade is None else sold.grade.key,
        prime_share=min(sold.prime_t / coil.mass_t, 1.0),
    )


def _meets(aim: Aim, value: float) -> bool:
    return aim.low <= value <= aim.high
