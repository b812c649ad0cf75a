"""The flow of pieces in time: the melt shop's slots, rolling campaigns, lines, sorting, shipping.

Between stages metal lies in stock: slabs until a rolling campaign is worth changing the furnaces for, coils before each
line until its campaign comes, strip until its test is told, finished coils until their order is full and called off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from proving_ground.silicon_mill.applying import lot_of
from proving_ground.silicon_mill.events import Events, Happening, Stop
from proving_ground.silicon_mill.grades import Grade
from proving_ground.silicon_mill.line import Line, Times
from proving_ground.silicon_mill.orders import SLABS_PLANNED, Lot, Order, OrderBook, prime_t_per_coil
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.plan import Plan
from proving_ground.silicon_mill.practice import BOOKED_SEQUENCES, Practice
from proving_ground.silicon_mill.records import Records
from proving_ground.silicon_mill.route import SEGMENT, SEGMENTS, Passed, Route
from proving_ground.silicon_mill.sorting import Sorted, sort
from proving_ground.silicon_mill.stocks import Stocks

SLOT_H: Final = 12.0
"""The melt shop may start a sequence of silicon steel twice a day; it makes other steel in between."""

HEAT_INTERVAL_H: Final = 0.9
"""Between the heats of a sequence."""

ARRIVED_H: Final = 0.2
"""From a heat's samples on arrival until they are told and something can be set for it."""

RESIDENCE: Final = "REHEAT.furnace.residence"
"""Minutes that a slab is in the furnace, where others are too."""

HELD_H: Final = 0.05
"""A heat before a unit that holds another looks again after so long."""

YARD_H: Final = 6.0
"""Until a slab has been cut, marked and put in the yard."""

COATER_H: Final = 0.08
"""From the furnace's entry to the coater."""

HEAT_SEGMENTS: Final = tuple(s for s in SEGMENTS if s.material == "heat")

LINE_SEGMENTS: Final = {
    "APL": ("normalising", "hot coils", "pickled coils"),
    "CRM": ("cold-rolling", "pickled coils", "cold-rolled coils"),
    "FAL": ("annealing", "cold-rolled coils", "annealed coils"),
    "SLIT": ("slitting", "annealed coils", "finished"),
}
"""Segment of each line, where its coils come from and where they go."""

AHEAD: Final = {"APL": ("pickled coils", "cold-rolled coils")}
"""Where the metal lies that a line has made for the bottleneck."""

NEXT_LINE: Final = {"APL": "CRM", "CRM": "FAL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A coil that has been slit and sorted, when, and what it is sold as."""

    at_h: float
    coil: Coil
    sold: Sorted


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has left the mill, in order.

    Parameters
    ----------
    finished
        Coils.
    shipped
        Orders that left.
    """

    finished: list[Finished] = field(default_factory=list)
    shipped: list[Order] = field(default_factory=list)


class Flow(Events):
    """One mill at work.

    Parameters
    ----------
    route
        Its units.
    practice
        How it is run.
    records
        Where its values are kept.

    Attributes
    ----------
    lines
        By the key of their unit.
    stocks, book, tally
        Metal on the floor, orders, what has left.
    sales_follow
        Whether sales sells more of a grade once coils are given to it, and less of the one they were to be sold as;
        otherwise the same orders come whatever is given to which.
    """

    def __init__(self, route: Route, practice: Practice, records: Records) -> None:
        super().__init__(route, practice, records)
        self.stocks = Stocks()
        self.book = OrderBook(route.draws)
        self.tally = Tally()
        self.sales_follow = True
        self.lines: dict[str, Line] = practice.lines()
        self._plan = Plan(route.draws)
        self._yard: list[Coil] = []
        self._campaign_h = 0.0
        self._cast = self._planned = 0
        self._strand_free_h = 0.0
        self._held_by: dict[str, Heat] = {}
        self._at(0.0, self._offer_slot)
        self._at(1.0, self._consider_campaign)
        for key in self.lines:
            self._at(2.0, self._freed(key))

    def forget(self, at_h: float) -> None:
        """Count stocks and times of lines from here on."""
        self.stocks.forget(at_h)
        for line in self.lines.values():
            line.times = Times()

    # ---- melt shop -----------------------------------------------------------------------------------------------

    def _offer_slot(self, at_h: float) -> Iterator[Stop]:
        """Cast the next sequence if the floor has room for it."""
        self._at(at_h + SLOT_H, self._offer_slot)
        self._book_ahead(at_h)
        if self.stocks.now_t() - self.stocks.now_t("finished") < self._practice.rules.release_below_t:
            heats = self._plan.sequence(self._cast)
            self._cast += 1
            for planned in heats:
                heat = Heat(
                    number=planned.number,
                    grade=planned.grade,
                    width_mm=planned.width_mm,
                    place=planned.place,
                    of=planned.of,
                )
                self.pieces[heat.key] = (heat, HEAT_SEGMENTS[0])
                self._at(at_h + heat.place * HEAT_INTERVAL_H, self._heat_at(heat, 0))
        yield from ()

    def _book_ahead(self, at_h: float) -> None:
        """Sales books orders on the sequences that are planned but not cast."""
        while self._planned < self._cast + BOOKED_SEQUENCES:
            for heat in self._plan.sequence(self._planned):
                self._promise(heat.grade, SLABS_PLANNED * prime_t_per_coil(heat.grade), at_h)
            self._planned += 1
        for order in self.book.serve(at_h):
            self._call_off(order, at_h)

    def _promise(self, grade: Grade, tonnes: float, at_h: float) -> None:
        for order in self.book.promise(grade, tonnes, at_h):
            self._records.orders.append((order.key, grade.key, round(order.tonnes, 1), order.booked_h, order.due_h))

    def _heat_at(self, heat: Heat, step: int, *, sampled: bool = False) -> Happening:
        """A heat before a segment: it waits for the unit, is sampled on arrival where that is usual, and passes."""
        segment = HEAT_SEGMENTS[step]

        def happen(at_h: float) -> Iterator[Stop]:
            free_h = self._strand_free_h if segment.key == "casting" else at_h
            if self._held_by.setdefault(segment.unit, heat) is not heat:
                free_h = at_h + HELD_H
            if free_h > at_h:
                self._at(free_h, happen)
                return
            shots = () if sampled else self._route.arrive(segment, heat, at_h)
            if shots:
                self._keep(heat, shots, at_h, at_h)
                self._at(at_h + ARRIVED_H, self._heat_at(heat, step, sampled=True))
                return
            passed = yield from self._pass(segment, heat, at_h)
            end_h = at_h + passed.run.minutes / 60.0
            if step + 1 == len(HEAT_SEGMENTS) or HEAT_SEGMENTS[step + 1].unit != segment.unit:
                self._at(end_h, self._let_go(segment.unit))
            if segment.key == "casting":
                self._strand_free_h = end_h + passed.run.stop_min / 60.0
                self._cut(heat, passed, at_h, end_h)
                self.pieces.pop(heat.key)
                self._at(end_h + 1.0, self._left(heat, segment))
            else:
                self.pieces[heat.key] = (heat, HEAT_SEGMENTS[step + 1])
                self._at(end_h, self._heat_at(heat, step + 1))

        return happen

    def _let_go(self, unit: str) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:  # noqa: ARG001 - every happening gets its hour
            del self._held_by[unit]
            yield from ()

        return happen

    def _cut(self, heat: Heat, passed: Passed, at_h: float, end_h: float) -> None:
        """Slabs into the yard; what was promised of the heat is corrected by what was cast of it."""
        length_m = 0.0
        for slab in passed.slabs:
            slab.ready_h = end_h + YARD_H
            self._yard.append(slab)
            self.pieces[slab.slab_key] = (slab, SEGMENT["reheating"])
            self.stocks.change("slabs", slab.mass_t, self.now_h)
            start, length_m = length_m, length_m + slab.slab_length_m
            self._records.origins.append((slab.slab_key, heat.key, round(start, 2), round(length_m, 2)))
        self._promise(heat.grade, (len(passed.slabs) - SLABS_PLANNED) * prime_t_per_coil(heat.grade), at_h)

    # ---- hot mill ------------------------------------------------------------------------------------------------

    def _consider_campaign(self, at_h: float) -> Iterator[Stop]:
        """Roll what lies in the yard when it is worth changing the furnaces for."""
        self._at(at_h + SLOT_H, self._consider_campaign)
        ready = [slab for slab in self._yard if slab.ready_h <= at_h]
        waited_d = (at_h - self._campaign_h) / 24.0
        rules = self._practice.rules.campaign
        is_worth_it = len(ready) >= rules.least_slabs or (ready and waited_d >= rules.longest_d)
        if is_worth_it and self.stocks.now_t("hot coils") < rules.most_ahead_t:
            self._campaign_h = at_h
            taken = sorted(ready, key=self._practice.rolling_order)[: rules.most_slabs]
            for k, slab in enumerate(taken):
                self._yard.remove(slab)
                self._at(at_h + k * rules.pace_min / 60.0, self._charged(slab))
        yield from ()

    def _charged(self, slab: Coil) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            before_t = slab.mass_t
            passed = yield from self._pass(SEGMENT["reheating"], slab, at_h)
            self.stocks.change("slabs", slab.mass_t - before_t, at_h)  # what went into scale
            del self.pieces[slab.slab_key]
            self.pieces[slab.key] = (slab, SEGMENT["hot-rolling"])
            self._at(at_h + passed.run.truth[RESIDENCE] / 60.0, self._rolled(slab))

        return happen

    def _rolled(self, coil: Coil) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            slab_t = coil.mass_t
            passed = yield from self._pass(SEGMENT["hot-rolling"], coil, at_h)
            self._records.origins.append((coil.key, coil.slab_key, 0.0, round(coil.slab_length_m, 2)))
            end_h = at_h + passed.run.minutes / 60.0
            self.stocks.change("slabs", -slab_t, at_h)
            self.stocks.change("hot coils", coil.mass_t, at_h)
            self._queue(coil, "APL", end_h)

        return happen

    # ---- lines ---------------------------------------------------------------------------------------------------

    def _queue(self, coil: Coil, key: str, ready_h: float) -> None:
        coil.ready_h = ready_h
        self.lines[key].add(coil)
        self.pieces[coil.key] = (coil, SEGMENT[LINE_SEGMENTS[key][0]])

    def _freed(self, key: str) -> Happening:
        """A line is free: it takes a coil, or looks again in an hour."""
        line = self.lines[key]

        def happen(at_h: float) -> Iterator[Stop]:
            open_h = line.repaired_h(at_h)
            ahead_t = self.stocks.now_t(*AHEAD.get(key, ()))
            coil = line.take(at_h) if open_h == at_h and ahead_t < line.rules.most_ahead_t else None
            if coil is None:
                self._at(open_h if open_h > at_h else at_h + 1.0, self._freed(key))
            else:
                change_h = line.changeover_h(coil)
                line.times.changing_h += change_h
                self._at(at_h + change_h, self._started(key, coil))
            yield from ()

        return happen

    def _started(self, key: str, coil: Coil) -> Happening:
        line = self.lines[key]
        segment, came_from, goes_to = LINE_SEGMENTS[key]

        def happen(at_h: float) -> Iterator[Stop]:
            before_t = coil.mass_t
            passed = yield from self._pass(SEGMENT[segment], coil, at_h)
            running_h = passed.run.minutes / 60.0
            stop_h = passed.run.stop_min / 60.0 + line.breakdown_h(coil, running_h, self._route.draws)
            line.times.busy_h += running_h
            line.times.standing_h += stop_h
            line.last = coil
            end_h = at_h + running_h + stop_h
            self._at(end_h, self._freed(key))
            self.stocks.change(came_from, -before_t, at_h)
            self.stocks.change(goes_to, coil.mass_t, at_h)
            self._go_on(key, coil, at_h, end_h)

        return happen

    def _go_on(self, key: str, coil: Coil, at_h: float, end_h: float) -> None:
        """Where a coil goes from a line."""
        if key in NEXT_LINE:
            self._queue(coil, NEXT_LINE[key], end_h)
        elif key == "FAL":
            self.pieces[coil.key] = (coil, SEGMENT["coating"])
            self._at(at_h + COATER_H, self._coated(coil, end_h))
        else:
            self.pieces.pop(coil.key)
            self._at(end_h, self._finished(coil))

    def _coated(self, coil: Coil, annealed_h: float) -> Happening:
        """The coater stands in the annealing line; a sample of the finished strip goes to the test."""

        def happen(at_h: float) -> Iterator[Stop]:
            before_t = coil.mass_t
            yield from self._pass(SEGMENT["coating"], coil, at_h, end_h=annealed_h + COATER_H)
            self.stocks.change("annealed coils", coil.mass_t - before_t, at_h)
            self.pieces[coil.key] = (coil, SEGMENT["testing"])
            self._at(annealed_h + 2.0 * COATER_H, self._sampled(coil))

        return happen

    def _sampled(self, coil: Coil) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            test = SEGMENT["testing"]
            passed = self._route.pass_coil(test, coil, {}, at_h)
            rows = self._keep(coil, passed.shots, at_h, at_h)
            told_h = max(row.known_h for row in rows)
            self._at(told_h, self._told(coil))
            yield from ()

        return happen

    def _told(self, coil: Coil) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            self._practice.told(coil, at_h)
            self._queue(coil, "SLIT", at_h)
            yield from ()

        return happen

    # ---- finished ------------------------------------------------------------------------------------------------

    def _finished(self, coil: Coil) -> Happening:
        """A coil is sorted: prime, re-applied to a lesser grade, or secondary; it fills an order or waits for one."""

        def happen(at_h: float) -> Iterator[Stop]:
            outcome = sort(coil, self._route.guaranteed_b50_t, self._route.faulty_share(coil))
            lot = lot_of(coil, outcome)
            if lot is not None:
                self.book.finish(lot)
            yield from self._left(coil, SEGMENT["slitting"], outcome)(at_h)
            self.tally.finished.append(Finished(at_h=at_h, coil=coil, sold=outcome))
            self.stocks.change("finished", outcome.prime_t - coil.mass_t, at_h)  # secondary metal is sold at once
            self._promise(coil.grade, -prime_t_per_coil(coil.grade), at_h)
            if lot is not None and outcome.grade is not None:
                self._promise(outcome.grade, outcome.prime_t, at_h)
                order = self.book.fill(lot, at_h)
                if order is not None:
                    self._call_off(order, at_h)
            coil.seen.clear()

        return happen

    def move(self, lot: Lot, order: Order) -> None:
        """Give a finished coil to an order; sales hears of it, as of every coil that is sold as something else."""
        at_h, before = self.now_h, lot.grade
        if self.book.move(lot, order, at_h) is not None:
            self._call_off(order, at_h)
        if before != order.grade and self.sales_follow:
            self._promise(before, -lot.tonnes, at_h)
            self._promise(order.grade, lot.tonnes, at_h)

    def _call_off(self, order: Order, at_h: float) -> None:
        self._at(at_h + self.book.call_off_h(order), self._shipped(order))

    def _shipped(self, order: Order) -> Happening:
        def happen(at_h: float) -> Iterator[Stop]:
            order.shipped_h = at_h
            self.tally.shipped.append(order)
            self.stocks.change("finished", -order.filled_t, at_h)
            yield from ()

        return happen
