"""Re-application at work: a pack's dispatchers hear what a running plant tells, and their moves are carried out.

A piece that was just sorted is placed before the practice lays it by. Once a day what is scarce is worked out anew, and
what lies in stock and is not packed yet is looked through. The plant checks every move, by the test.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from pilothouse.clock import NS_PER_DAY, stopwatch_s
from pilothouse.decision.reapplication import Dispatcher, Passing, Reapplication, Reassignment, Tested
from pilothouse.plant.open_order import OpenOrder, StockPiece
from pilothouse.plants import Moment, ProvingPlant, Refusal

PLAN_EVERY_D: Final = 1.0
"""The works' planners meet every morning."""

ENDLESS: Final = 1_000_000_000
"""More pieces than any run makes: it is ended by its days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move that was asked of the plant.

    Parameters
    ----------
    at_ns
        When.
    move
        Which, and what it is worth.
    refused
        Why the plant did not take it; empty where it did.
    """

    at_ns: int
    move: Reassignment
    refused: str = ""


class Hall(Protocol):
    """What of a plant re-application needs; see :class:`pilothouse.plants.ProvingPlant`."""

    def orders(self) -> tuple[OpenOrder, ...]:
        """Open orders."""
        ...

    def stock(self) -> tuple[StockPiece, ...]:
        """Finished pieces that may still be given to another order."""
        ...

    def assign(self, piece: str, order: str) -> Refusal | None:
        """Give a piece to an order."""
        ...


@dataclass(slots=True, kw_only=True)
class Reapplying:
    """Re-application in one plant.

    Parameters
    ----------
    plant
        The plant.
    brought
        By the packs: each for kinds of its own.

    Attributes
    ----------
    moves
        That were asked of the plant.
    place_s, plan_s
        How long each placing and each planning took, s.
    """

    plant: Hall
    brought: tuple[Reapplication, ...]
    moves: list[Moved] = field(default_factory=list, init=False)
    place_s: list[float] = field(default_factory=list, init=False)
    plan_s: list[float] = field(default_factory=list, init=False)
    _of_kind: dict[str, Dispatcher] = field(default_factory=dict, init=False)
    _dispatchers: list[Dispatcher] = field(default_factory=list, init=False)
    _looks_at: frozenset[str] = field(default=frozenset(), init=False)
    _tests: dict[str, dict[str, float]] = field(default_factory=dict, init=False)
    _planned_ns: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Give each kind its dispatcher."""
        for one in self.brought:
            dispatcher = one.dispatcher()
            self._dispatchers.append(dispatcher)
            self._of_kind.update(dict.fromkeys(one.kinds, dispatcher))
            self._looks_at |= one.looks_at

    def at(self, moment: Moment) -> None:
        """Take note of a moment, and do what is to be done at it."""
        dispatcher = self._of_kind.get(moment.kind)
        self._note(moment)
        self._plan(moment.at_ns)
        if dispatcher is None:
            return
        if moment.sorting is None:
            dispatcher.passing(
                Passing(
                    piece=moment.piece,
                    segment=moment.segment,
                    kind=moment.kind,
                    at_ns=moment.at_ns,
                    came_of=moment.came_of,
                )
            )
        else:
            self._finished(moment, dispatcher)

    def _note(self, moment: Moment) -> None:
        told = {r.parameter: r.value for r in moment.readings if r.parameter in self._looks_at}
        if told:
            self._tests.setdefault(moment.piece, {}).update(told)

    def _finished(self, moment: Moment, dispatcher: Dispatcher) -> None:
        assert moment.sorting is not None  # asked by the caller
        lying = next((piece for piece in reversed(self.plant.stock()) if piece.piece == moment.piece), None)
        dispatcher.tested(
            Tested(
                piece=moment.piece,
                made_for=moment.kind,
                sold_as=moment.sorting.sold_as if lying is not None else "",
                at_ns=moment.at_ns,
                tests=self._tests.pop(moment.piece, {}),
                tonnes=0.0 if lying is None else lying.tonnes,
            )
        )
        if lying is not None:
            orders = self.plant.orders()
            began_s = stopwatch_s()
            move = dispatcher.place(moment.piece, orders)
            self.place_s.append(stopwatch_s() - began_s)
            self._carry_out(() if move is None else (move,), moment.at_ns)

    def _plan(self, at_ns: int) -> None:
        if self._planned_ns is not None and at_ns - self._planned_ns < PLAN_EVERY_D * NS_PER_DAY:
            return
        self._planned_ns = at_ns
        for dispatcher in self._dispatchers:
            orders, stock = self.plant.orders(), self.plant.stock()
            began_s = stopwatch_s()
            dispatcher.plan(orders, at_ns)
            moves = dispatcher.rearrange(stock, orders)
            self.plan_s.append(stopwatch_s() - began_s)
            self._carry_out(moves, at_ns)

    def _carry_out(self, moves: Iterable[Reassignment], at_ns: int) -> None:
        for move in moves:
            refusal = self.plant.assign(move.piece, move.order)
            self.moves.append(Moved(at_ns=at_ns, move=move, refused="" if refusal is None else refusal.reason))


def run_days(
    plant: ProvingPlant,
    brought: tuple[Reapplication, ...],
    days: float,
    progress: Callable[[int, int], None] | None = None,
) -> Reapplying:
    """Let a plant run for so many days with re-application at work; ``progress`` is told how many are over."""
    at_work = Reapplying(plant=plant, brought=brought)
    start_ns = plant.now_ns
    for moment in plant.moments(ENDLESS):
        at_work.at(moment)
        over_d = (moment.at_ns - start_ns) / NS_PER_DAY
        if progress is not None:
            progress(min(int(over_d), int(days)), int(days))
        if over_d >= days:
            break
    return at_work
