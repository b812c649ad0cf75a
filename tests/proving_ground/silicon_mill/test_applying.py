"""A finished coil may be given to any open order whose limits its test keeps; to no other."""

import pytest

from pilothouse.plants import Refusal
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.applying import B50, LOSS, asks_of, open_orders, stock_pieces, why_not
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.orders import Lot, OrderBook

BETTER, OWN, LESSER, THICK = (GRADES[key] for key in ("M250-35A", "M270-35A", "M300-35A", "M270-50A"))


def book():
    return OrderBook(Disturbances(seed=1, family="silicon-mill"))


def guaranteed(_):
    return 1.6


def lot(loss=2.6, b50=1.65, tonnes=16.0, coil="C1"):
    return Lot(coil=coil, grade=OWN, tonnes=tonnes, tested={LOSS: loss, B50: b50})


@pytest.mark.parametrize(
    ("loss", "grade", "said"),
    [
        (2.6, OWN, None),
        (2.6, LESSER, None),
        (2.6, BETTER, LOSS),
        (2.5, BETTER, None),
        (2.6, THICK, "0.5 mm"),
    ],
)
def test_the_test_decides(loss, grade, said):
    kept = book()
    order = kept.promise(grade, 300.0, 0.0)[0]
    reason = why_not(lot(loss=loss), order, guaranteed)
    assert reason is None if said is None else said in reason


def test_induction_counts_too():
    order = book().promise(OWN, 300.0, 0.0)[0]
    assert B50 in why_not(lot(b50=1.59), order, guaranteed)


def test_what_is_not_there_or_full_is_refused():
    kept = book()
    order = kept.promise(OWN, 300.0, 0.0)[0]
    assert "booked" in why_not(lot(), None, guaranteed)
    assert "no full order" in why_not(None, order, guaranteed)
    order.full_h = 3.0
    assert why_not(lot(), order, guaranteed) == "the order is full"
    order.shipped_h = 4.0
    assert why_not(lot(), order, guaranteed) == "the order has left"


def test_a_coil_is_moved_until_its_order_is_full():
    kept = book()
    first = kept.promise(OWN, 300.0, 0.0)[0]
    better = kept.promise(BETTER, 300.0, 0.0)[0]
    coil = lot(loss=2.4, tonnes=5.0)
    kept.finish(coil)
    assert kept.fill(coil, 1.0) is None
    assert (coil.order, first.filled_t) == (first, 5.0)
    assert kept.move(coil, better, 2.0) is None
    assert (coil.order, coil.grade, first.filled_t, better.filled_t) == (better, BETTER, 0.0, 5.0)
    full = lot(loss=2.4, tonnes=better.tonnes, coil="C2")
    kept.finish(full)
    assert kept.move(full, better, 3.0) is better
    assert better.full_h == 3.0
    assert kept.loose == {}
    assert kept.fill(full, 4.0) is None
    assert first.filled_t == 0.0


def test_a_coil_in_stock_leaves_it_when_it_is_moved():
    kept = book()
    coil = lot(loss=2.4, tonnes=5.0)
    kept.finish(coil)
    kept.fill(coil, 1.0)
    assert kept.stock_t() == 5.0
    order = kept.promise(BETTER, 300.0, 2.0)[0]
    kept.move(coil, order, 3.0)
    assert kept.stock_t() == 0.0
    assert kept.serve(4.0) == []
    assert order.filled_t == 5.0


def test_people_see_open_orders_and_loose_coils():
    kept = book()
    booked = kept.promise(OWN, 300.0, 2.0)
    coil = lot(tonnes=5.0)
    kept.finish(coil)
    kept.fill(coil, 3.0)
    orders, (piece,) = open_orders(kept, guaranteed), stock_pieces(kept)
    assert [o.key for o in orders] == [o.key for o in booked]
    assert orders[0].open_t == pytest.approx(booked[0].tonnes * 0.93 - 5.0)
    assert orders[0].asks == asks_of(OWN, guaranteed)
    assert orders[0].price_per_t == OWN.price_eur_t
    assert (piece.piece, piece.kind, piece.tonnes, piece.order) == ("C1", OWN.key, 5.0, booked[0].key)


def test_at_the_mill_a_better_coil_serves_a_better_order_and_sales_hears_of_it(young):
    mill = young()
    moved = None
    for moment in mill.moments(200):
        if moment.sorting is None or not moment.sorting.sold_as:
            continue
        grade = GRADES[moment.sorting.sold_as]
        for order in mill.orders():
            refusal = mill.assign(moment.piece, order.key)
            if refusal is None and GRADES[order.kind].price_eur_t > grade.price_eur_t:
                moved = moment.piece, order
                break
            assert refusal is None or isinstance(refusal, Refusal)
        if moved:
            break
    assert moved is not None
    piece, order = moved
    lot = mill.flow.book.lots[piece]
    assert lot.grade.key == order.kind
    assert lot.order.key == order.key
    before = lot.order.filled_t
    mill.run(1)
    assert mill.flow.book.lots[piece].order.filled_t >= before
    in_orders = sum(o.filled_t for o in mill.flow.book.orders())
    assert in_orders + mill.flow.book.stock_t() == pytest.approx(sum(x.tonnes for x in mill.flow.book.lots.values()))
