"""A dispatcher hears what a plant tells, and its moves are carried out."""

from dataclasses import dataclass, field

import pytest

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.reapplication import Reassignment
from pilothouse.hub.proving_ground import family
from pilothouse.hub.reapplying import Reapplying, run_days
from pilothouse.hub.workspace import open_workspace
from pilothouse.plant.open_order import OpenOrder, StockPiece
from pilothouse.plants import Moment, Reading, Refusal, Sorting

ORDER = OpenOrder(
    key="A/1", kind="A", open_t=30.0, booked_ns=0, due_ns=NS_PER_DAY, asks={"loss": (0.0, 2.5)}, price_per_t=900.0
)


@dataclass
class Hall:
    asked: list = field(default_factory=list)
    refuses: bool = False

    def orders(self):
        return (ORDER,)

    def stock(self):
        return (StockPiece(piece="C1", kind="A", tonnes=16.0),)

    def assign(self, piece, order):
        self.asked.append((piece, order))
        return Refusal(piece=piece, parameter=order, reason="the order is full") if self.refuses else None


@dataclass
class Told:
    """A dispatcher that moves every piece, and notes what it hears."""

    heard: list = field(default_factory=list)

    def passing(self, passing):
        self.heard.append(("passing", passing.piece, passing.segment))

    def foretold(self, piece, forecasts):
        raise AssertionError("nobody foretold anything")

    def tested(self, tested):
        self.heard.append(("tested", tested.piece, dict(tested.tests), tested.tonnes, tested.sold_as))

    def plan(self, orders, at_ns):
        self.heard.append(("plan", len(orders)))

    def place(self, piece, orders):
        return Reassignment(
            piece=piece, order=orders[0].key, instead_of="", kind="A", was_kind="A",
            price=1.0, lateness=0.0, stock=0.0, claims=0.0, others=0.0,
        )  # fmt: skip

    def rearrange(self, stock, orders):
        return ()


class Brought:
    key, title, kinds, looks_at = "strip", "Strip", frozenset("A"), frozenset({"loss"})

    def __init__(self):
        self.made = Told()

    def dispatcher(self):
        return self.made


def moment(piece="C1", segment="annealing", *, at_d=0.0, kind="A", loss=None, sold_as=None):
    at_ns = round((10.0 + at_d) * NS_PER_DAY)
    told = () if loss is None else (Reading(parameter="loss", value=loss, happened_ns=at_ns, known_ns=at_ns),)
    sorting = None if sold_as is None else Sorting(faults=(), sold_as=sold_as, prime_share=1.0)
    return Moment(piece=piece, segment=segment, at_ns=at_ns, readings=told, kind=kind, sorting=sorting)


@pytest.fixture
def brought():
    return Brought()


def test_a_finished_piece_is_placed_by_all_its_tests(brought):
    hall = Hall()
    at_work = Reapplying(plant=hall, brought=(brought,))
    at_work.at(moment())
    at_work.at(moment(segment="testing", loss=2.4, at_d=0.1))
    at_work.at(moment(segment="slitting", at_d=0.2, sold_as="A"))
    heard = brought.made.heard
    assert heard[0] == ("plan", 1)
    assert ("passing", "C1", "annealing") in heard
    assert ("tested", "C1", {"loss": 2.4}, 16.0, "A") in heard
    assert hall.asked == [("C1", "A/1")]
    assert [made.refused for made in at_work.moves] == [""]


def test_it_plans_once_a_day(brought):
    at_work = Reapplying(plant=Hall(), brought=(brought,))
    for k in range(9):
        at_work.at(moment(at_d=0.25 * k))
    assert sum(heard[0] == "plan" for heard in brought.made.heard) == 3


def test_what_the_plant_refuses_is_kept_with_its_reason(brought):
    at_work = Reapplying(plant=Hall(refuses=True), brought=(brought,))
    at_work.at(moment(segment="slitting", sold_as="A"))
    assert [made.refused for made in at_work.moves] == ["the order is full"]


def test_kinds_that_nobody_speaks_for_and_secondary_metal_are_left_alone(brought):
    hall = Hall()
    at_work = Reapplying(plant=hall, brought=(brought,))
    at_work.at(moment(kind="B", sold_as="B", segment="slitting"))
    at_work.at(moment(piece="C2", sold_as="", segment="slitting"))
    assert hall.asked == []
    assert ("tested", "C2", {}, 0.0, "") in brought.made.heard


def test_the_silicon_mill_declares_it_for_all_its_kinds():
    brought = open_workspace(family("silicon-mill").folder).reapplications
    assert [len(one.kinds) for one in brought] == [5, 6]


def test_it_runs_for_the_days_that_are_asked_for(brought):
    class Running(Hall):
        now_ns = 10 * NS_PER_DAY

        def moments(self, pieces):
            del pieces
            yield from (moment(piece=f"C{k}", at_d=0.5 * k) for k in range(100))

    over = []
    run_days(Running(), (brought,), 3.0, lambda done, of: over.append((done, of)))
    assert [heard[1] for heard in brought.made.heard if heard[0] == "passing"] == [f"C{k}" for k in range(7)]
    assert over[-1] == (3, 3)
