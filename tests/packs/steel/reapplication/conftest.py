"""Two kinds of strip, a fine one and a plain one, which a test of the loss tells apart."""

import pytest

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.reapplication import Passing, Tested
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.open_order import OpenOrder
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.segment import Segment

PLANT_TOML = """\
[[reapplication]]
key = "strip"
title = "Which order a coil serves"
decides = ["loss"]
repeatability = [0.01]
sure = 0.9
width = "width"
most_trim_mm = 20.0
sees_from = "rolling"
late_t_d = 1.0
holding_t_d = 0.5
ships_after_d = 5.0
least = 50.0
sales_follow = true

[[reapplication.kind]]
key = "plain"
price = 900.0

[[reapplication.kind]]
key = "fine"
price = 1000.0
"""

ASKS = {"plain": {"loss": (0.0, 3.0)}, "fine": {"loss": (0.0, 2.5)}}
NOW_NS = 400 * NS_PER_DAY


@pytest.fixture
def read():
    parameters = {
        key: Parameter(key=key, name=key, kind=kind, equipment="works", role="laboratory", unit=unit)
        for key, kind, unit in (("loss", "specific_loss", "W/kg"), ("width", "length", "mm"))
    }
    segments = {key: Segment(key=key, name=key, equipment="works") for key in ("rolling", "annealing")}
    plant = Plant(
        key="works",
        name="Works",
        time_zone="UTC",
        currency="EUR",
        equipment={},
        parameters=parameters,
        materials={},
        segments=segments,
        orders={},
        kpis={},
    )
    return lambda text: pack.reapplications(Declaration.parse(text), plant)


@pytest.fixture
def brought(read):
    found, faults = read(PLANT_TOML)
    assert not faults
    return found[0]


@pytest.fixture
def order():
    def of(key, kind, *, open_t=60.0, booked_d=-40.0, due_d=20.0, **more):
        return OpenOrder(
            key=key,
            kind=kind,
            open_t=open_t,
            booked_ns=NOW_NS + round(booked_d * NS_PER_DAY),
            due_ns=NOW_NS + round(due_d * NS_PER_DAY),
            asks=ASKS[kind],
            price_per_t={"plain": 900.0, "fine": 1000.0}[kind],
            **more,
        )

    return of


@pytest.fixture
def tested():
    def of(piece, loss, *, made_for="plain", sold_as=None, at_d=0.0, **tests):
        return Tested(
            piece=piece,
            made_for=made_for,
            sold_as=made_for if sold_as is None else sold_as,
            at_ns=NOW_NS + round(at_d * NS_PER_DAY),
            tests={"loss": loss, **tests},
            tonnes=16.0,
        )

    return of


@pytest.fixture
def passing():
    def of(piece, segment="rolling", *, at_d=0.0, kind="plain", came_of=()):
        at_ns = NOW_NS + round(at_d * NS_PER_DAY)
        return Passing(piece=piece, segment=segment, kind=kind, at_ns=at_ns, came_of=came_of)

    return of


@pytest.fixture
def dispatcher(brought, order, tested):
    """One that knows how both kinds test, and that enough is to come for all that is ordered."""
    made = brought.dispatcher()
    for k in range(30):
        for kind, mean in (("plain", 2.8), ("fine", 2.4)):
            made.tested(tested(f"{kind}-{k}", mean + 0.1 * (k % 5 - 2), made_for=kind, at_d=k - 30.0))
    made.plan([order("plain/1", "plain"), order("fine/1", "fine")], NOW_NS)
    return made
