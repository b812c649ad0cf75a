"""The dispatcher of a group of kinds: where a finished piece should go, and how stock should be laid by otherwise.

A piece is worth in an order what that pays, less lateness, less lying in stock until the order is full, less claims
where it misses the order's limits though its test keeps them, less what the order would still bring to the metal that
is to come. The practice lays a piece by for the oldest open order of what it
was found to be; a move is proposed where another order is worth more by the least that is declared. An order is never
considered whose limits the *test* misses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.reapplication import Passing, Reassignment, Tested
from pilothouse.methods.plan.assignment import assign
from pilothouse.methods.plan.worth import Worth
from pilothouse.packs.steel.reapplication.chances import Forecasts, Limits, believed, chance, meets
from pilothouse.packs.steel.reapplication.declaration import Declared
from pilothouse.packs.steel.reapplication.outlook import Outlook
from pilothouse.packs.steel.reapplication.scarcity import Scarcity, asks_by_kind, scarcity
from pilothouse.plant.open_order import OpenOrder, StockPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class SteelReapplication:
    """Re-application as declared; see :class:`pilothouse.decision.reapplication.Reapplication`."""

    declared: Declared

    @property
    def key(self) -> str:
        """Stable name."""
        return self.declared.key

    @property
    def title(self) -> str:
        """What people call it."""
        return self.declared.title

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that may serve one another."""
        return frozenset(self.declared.prices)

    @property
    def looks_at(self) -> frozenset[str]:
        """Tests it needs to know of a piece."""
        return frozenset(key for key in (*self.declared.decides, self.declared.width) if key)

    def dispatcher(self) -> "SteelDispatcher":
        """One that has seen nothing yet."""
        return SteelDispatcher(declared=self.declared)


@dataclass(slots=True, kw_only=True)
class SteelDispatcher:
    """See :class:`pilothouse.decision.reapplication.Dispatcher`."""

    declared: Declared
    outlook: Outlook = field(init=False)
    scarcity: Scarcity = field(default_factory=lambda: Scarcity(by_order={}, by_kind={}), init=False)
    _tested: dict[str, Tested] = field(default_factory=dict, init=False)
    _asks: dict[str, Limits] = field(default_factory=dict, init=False)
    _rates_t_d: dict[str, float] = field(default_factory=dict, init=False)
    _asks_of: dict[str, dict[str, Limits]] = field(default_factory=dict, init=False)
    _usual: dict[str, Forecasts] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        self.outlook = Outlook(sees_from=self.declared.sees_from, kinds=frozenset(self.declared.prices))

    def passing(self, passing: Passing) -> None:
        """A piece stands before a segment."""
        self.outlook.passing(passing)

    def foretold(self, piece: str, forecasts: Mapping[str, tuple[float, float]]) -> None:
        """A virtual test: mean and spread by parameter."""
        self.outlook.foretold(piece, forecasts)

    def tested(self, tested: Tested) -> None:
        """A piece is finished."""
        self.outlook.tested(tested)
        if tested.sold_as in self.declared.prices:
            self._tested[tested.piece] = tested

    def plan(self, orders: Sequence[OpenOrder], at_ns: int) -> None:
        """Work out anew what is scarce."""
        ours = self._ours(orders)
        self._asks.update({order.kind: order.asks for order in ours})
        self._rates_t_d = {kind: self.outlook.rate_t_d(kind) for kind in self.declared.prices}
        self._usual = {kind: self.outlook.usual(kind) or {} for kind in self.declared.prices}
        self._asks_of = {
            made_for: asks_by_kind(self.declared, self._asks, made_for, self._usual[made_for])
            for made_for in self.declared.prices
        }
        self.scarcity = scarcity(self.declared, self._asks_of, self.outlook.expected(at_ns), ours, at_ns)

    def place(self, piece: str, orders: Sequence[OpenOrder]) -> Reassignment | None:
        """Where a piece that was just finished should go; None where the practice does what is best."""
        tested = self._tested.get(piece)
        if tested is None:
            return None
        ours = self._ours(orders)
        usual = next((order for order in ours if order.kind == tested.sold_as), None)
        before = self._usual_worth(tested, usual)
        best, most = usual, before
        for order in ours:
            worth = self._worth(tested, order)
            if worth is not None and worth.total > most.total:
                best, most = order, worth
        if best is None or best is usual or most.total - before.total < self.declared.least:
            return None
        return _move(tested, best, "" if usual is None else usual.key, most.less(before))

    def rearrange(self, stock: Sequence[StockPiece], orders: Sequence[OpenOrder]) -> tuple[Reassignment, ...]:
        """How what lies in stock should be laid by otherwise, by the exact assignment."""
        lying = {piece.piece: piece for piece in stock}
        self._tested = {key: tested for key, tested in self._tested.items() if key in lying}
        ours, pieces = self._ours(orders), list(self._tested.values())
        if not (ours and pieces):
            return ()
        place_of = {order.key: j for j, order in enumerate(ours)}
        open_t = np.array([order.open_t for order in ours])
        now = [place_of.get(lying[tested.piece].order, -1) for tested in pieces]
        for tested, j in zip(pieces, now, strict=True):
            if j >= 0:
                open_t[j] += tested.tonnes
        worths = [[self._worth(tested, order) for order in ours] for tested in pieces]
        value = np.array([[np.nan if worth is None else worth.total for worth in row] for row in worths])
        stay = [self._usual_worth(tested, None) for tested in pieces]
        found = assign(
            value,
            np.array([tested.tonnes for tested in pieces]),
            open_t,
            np.array([worth.total for worth in stay]),
        )
        moves = []
        for i, (tested, j) in enumerate(zip(pieces, found.order_of.tolist(), strict=True)):
            new = None if j < 0 else worths[i][j]
            old = stay[i] if now[i] < 0 else worths[i][now[i]]
            if new is not None and j != now[i]:
                moves.append(_move(tested, ours[j], lying[tested.piece].order, new.less(old or stay[i])))
        gain = sum(move.gain for move in moves)
        return tuple(moves) if gain >= self.declared.least * max(len(moves), 1) else ()

    def _ours(self, orders: Sequence[OpenOrder]) -> list[OpenOrder]:
        """Open orders of these kinds, the oldest first."""
        ours = [order for order in orders if order.kind in self.declared.prices]
        return sorted(ours, key=lambda order: (order.booked_ns, order.key))

    def _worth(self, tested: Tested, order: OpenOrder) -> Worth | None:
        """What a piece is worth in an order; None where it may not serve it."""
        return self._counted(tested, order) if self._may(tested, order) else None

    def _may(self, tested: Tested, order: OpenOrder) -> bool:
        """The test keeps what the order asks, and what a piece of its kind has to keep there to be sure of it."""
        guards = self._asks_of.get(tested.made_for, {}).get(order.kind)
        if guards is None or not meets(tested.tests, guards) or not meets(tested.tests, order.asks):
            return False
        if order.width_mm is None:
            return True
        fits = (order.width_mm, order.width_mm + self.declared.most_trim_mm)
        return meets(tested.tests, {self.declared.width: fits})

    def _counted(self, tested: Tested, order: OpenOrder) -> Worth:
        terms, tonnes = self.declared.terms, tested.tonnes
        lacks_t = max(order.open_t - tonnes, 0.0)
        full_d = lacks_t / max(self._rates_t_d.get(order.kind, 0.0), tonnes)
        return Worth(
            price=tonnes * order.price_per_t,
            lateness=tonnes * terms.lateness(0.0, (order.due_ns - tested.at_ns) / NS_PER_DAY),
            stock=-tonnes * terms.holding_t_d * full_d,
            claims=self._claims(tested, order.asks),
            others=-tonnes * self.scarcity.of(order),
        )

    def _usual_worth(self, tested: Tested, order: OpenOrder | None) -> Worth:
        """Where the practice lays it; in stock it is sold later as what it is."""
        if order is not None:
            return self._counted(tested, order)
        return Worth(
            price=tested.tonnes * self.declared.prices[tested.sold_as],
            claims=self._claims(tested, self._asks.get(tested.sold_as, {})),
        )

    def _claims(self, tested: Tested, asks: Limits) -> float:
        """The test errs, and of what only just keeps a limit much misses it: 0 or less."""
        known = {key: result for key, result in tested.tests.items() if key in self.declared.repeatability}
        own = believed(known, self._usual.get(tested.made_for, {}), self.declared.repeatability)
        return -tested.tonnes * self.declared.terms.claim_t * (1.0 - chance(own, asks))


def _move(tested: Tested, order: OpenOrder, instead_of: str, gain: Worth) -> Reassignment:
    return Reassignment(
        piece=tested.piece,
        order=order.key,
        instead_of=instead_of,
        kind=order.kind,
        was_kind=tested.sold_as,
        price=gain.price,
        lateness=gain.lateness,
        stock=gain.stock,
        claims=gain.claims,
        others=gain.others,
    )
