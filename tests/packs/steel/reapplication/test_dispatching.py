"""A better coil serves a better order, a worse one a lesser; never one whose limits the test misses."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.decision.reapplication import Dispatcher, Reapplication
from pilothouse.packs.steel.reapplication.scarcity import Scarcity
from pilothouse.plant.open_order import StockPiece

from .conftest import ASKS, NOW_NS


def test_it_keeps_the_contract(brought):
    assert isinstance(brought, Reapplication)
    made: Dispatcher = brought.dispatcher()
    assert made.place("unknown", []) is None


def test_a_coil_that_is_better_than_its_kind_serves_a_better_order(dispatcher, order, tested):
    dispatcher.tested(tested("C1", 2.2))
    move = dispatcher.place("C1", [order("plain/1", "plain"), order("fine/1", "fine")])
    assert (move.order, move.instead_of, move.kind, move.was_kind) == ("fine/1", "plain/1", "fine", "plain")
    assert move.price == pytest.approx(16.0 * 100.0)
    assert move.gain == move.price + move.lateness + move.stock + move.claims + move.others
    assert move.gain >= 50.0


def test_who_only_just_keeps_the_limit_of_a_better_kind_stays(dispatcher, order, tested):
    dispatcher.tested(tested("C1", 2.49))
    assert dispatcher.place("C1", [order("plain/1", "plain"), order("fine/1", "fine")]) is None


@pytest.mark.parametrize(("owed", "goes_to"), [(-150.0, None), (-50.0, "fine/1")])
def test_a_better_price_is_weighed_against_what_the_own_order_would_lack(dispatcher, order, tested, owed, goes_to):
    dispatcher.tested(tested("C1", 2.2))
    dispatcher.scarcity = Scarcity(by_order={"plain/1": owed, "fine/1": 0.0}, by_kind={})
    move = dispatcher.place("C1", [order("plain/1", "plain"), order("fine/1", "fine")])
    assert (None if move is None else move.order) == goes_to


def test_a_coil_with_no_order_of_its_own_serves_a_lesser_one(dispatcher, order, tested):
    late = order("plain/1", "plain", booked_d=-200.0, due_d=-120.0)
    dispatcher.scarcity = Scarcity(by_order={"plain/1": -240.0}, by_kind={})
    dispatcher.tested(tested("C1", 2.4, made_for="fine"))
    move = dispatcher.place("C1", [late])
    assert (move.order, move.instead_of) == ("plain/1", "")
    assert move.price == pytest.approx(-1600.0)
    assert move.others > 1600.0


def test_the_risk_that_the_test_erred_has_a_price(dispatcher, order, tested):
    """The own kind asks 3.0 W/kg, the better one 2.5: what tested 2.2 may miss only the latter."""
    orders = [order("plain/1", "plain"), order("fine/1", "fine")]
    moves = []
    for claim_t in (0.0, 1_000.0):
        terms = replace(dispatcher.declared.terms, claim_t=claim_t)
        dispatcher.declared = replace(dispatcher.declared, terms=terms, repeatability={"loss": 0.025})
        dispatcher.tested(tested("C1", 2.2))
        moves.append(dispatcher.place("C1", orders))
    free, priced = moves
    assert free.claims == 0.0
    assert free.gain == pytest.approx(priced.gain - priced.claims)
    assert -16.0 * 1_000.0 < priced.claims < 0.0


def test_who_is_sold_as_what_he_hardly_meets_goes_to_a_lesser_order(dispatcher, order, tested):
    terms = replace(dispatcher.declared.terms, claim_t=1_000.0)
    dispatcher.declared = replace(dispatcher.declared, terms=terms)
    dispatcher.tested(tested("C1", 2.499, made_for="fine"))
    move = dispatcher.place("C1", [order("plain/1", "plain"), order("fine/1", "fine")])
    assert (move.order, move.instead_of) == ("plain/1", "fine/1")
    assert move.price < 0.0 < move.claims


def test_the_width_has_to_fit_where_an_order_asks_for_one(dispatcher, order, tested):
    for piece, width in (("narrow", 990.0), ("right", 1_010.0), ("wide", 1_030.0)):
        dispatcher.tested(tested(piece, 2.2, width=width))
    orders = [order("plain/1", "plain"), order("fine/1", "fine", width_mm=1_000.0)]
    assert [dispatcher.place(p, orders) is not None for p in ("narrow", "right", "wide")] == [False, True, False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.floats(2.0, 3.2), st.sampled_from(["plain", "fine"])), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(["plain", "fine"]), st.floats(-30.0, 40.0)), min_size=1, max_size=4),
)
def test_no_move_ever_misses_a_limit(brought, dispatcher, order, tested, coils, wanted):
    orders = [order(f"{kind}/{k}", kind, due_d=due_d) for k, (kind, due_d) in enumerate(wanted)]
    asked = {o.key: ASKS[o.kind]["loss"] for o in orders}
    losses, stock = {}, []
    dispatcher.plan(orders, NOW_NS)
    for k, (loss, made_for) in enumerate(coils):
        losses[f"C{k}"] = loss
        dispatcher.tested(tested(f"C{k}", loss, made_for=made_for, sold_as=made_for if loss <= 2.5 else "plain"))
        stock.append(StockPiece(piece=f"C{k}", kind="plain", tonnes=16.0))
    moves = [m for piece in losses if (m := dispatcher.place(piece, orders)) is not None]
    moves += dispatcher.rearrange(stock, orders)
    for move in moves:
        low, high = asked[move.order]
        assert low <= losses[move.piece] <= high


def test_stock_is_laid_otherwise_where_that_is_worth_more(dispatcher, order, tested):
    orders = [order("plain/1", "plain", open_t=44.0), order("fine/1", "fine", open_t=10.0)]
    for piece, loss in (("C1", 2.2), ("C2", 2.7)):
        dispatcher.tested(tested(piece, loss))
    stock = [StockPiece(piece=p, kind="plain", tonnes=16.0, order="plain/1") for p in ("C1", "C2")]
    (move,) = dispatcher.rearrange(stock, orders)
    assert (move.piece, move.order, move.instead_of) == ("C1", "fine/1", "plain/1")
    assert dispatcher.rearrange([], orders) == ()
