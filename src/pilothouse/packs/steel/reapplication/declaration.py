"""``[[reapplication]]`` tables of plant.toml, read into records; every fault with its line.

::

    [[reapplication]]
    key = "thin"
    title = "Which order a coil of 0.35 mm serves"
    decides = ["TEST.test.P15_50", "TEST.test.B50"]   # the tests that orders ask about
    repeatability = [0.012, 0.003]  # by which each of them errs, one spread, as a share of the result
    sure = 0.95               # to serve a better kind than it was made for, a piece has to keep its limits so surely
    width = "SLIT.width"      # measured width; without it no piece is moved to an order that asks for one
    most_trim_mm = 30.0       # of which so much may be trimmed off
    sees_from = "reheating"   # before that segment a piece is not counted on one by one
    late_t_d = 0.7            # what a tonne costs that leaves a day late
    holding_t_d = 0.3         # and one that lies in stock a day
    ships_after_d = 6.0       # from a full order until it leaves
    claim_t = 80.0            # what a tonne costs that is not what it was sold as
    least = 50.0              # a move worth less is not proposed
    sales_follow = true       # whether sales finds buyers for more of a better kind

    [[reapplication.kind]]    # what may serve one another, where the test allows it
    key = "M250-35A"
    price = 1130.0            # per tonne
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.errors import Fault
from pilothouse.methods.plan.worth import Terms
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

TABLE: Final = "reapplication"

SUREST: Final = 0.9999
"""Nobody is surer of a test."""

LEAST_KINDS: Final = 2
"""One kind alone has nobody to stand in for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Kinds that may serve one another's orders, and on which terms.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    decides
        Parameters of the tests that orders ask about.
    repeatability
        By which a test errs, one spread as a share of the result, by parameter.
    sure
        Probability with which a piece has to keep the limits of a better kind than it was made for, test or no test.
    width, most_trim_mm
        Parameter of the width, empty for none, and how much of it may be trimmed off.
    sees_from
        Segment from which on a piece is counted on one by one; what comes behind is counted on by its rate.
    terms
        What time and claims cost.
    least
        Money below which a move is not proposed.
    sales_follow
        Whether sales finds buyers for more of a better kind; otherwise only orders that are booked count.
    prices
        Money per tonne by kind, the dearest first: the dearer is the better.
    """

    key: str
    title: str
    decides: tuple[str, ...]
    repeatability: Mapping[str, float]
    sure: float
    width: str
    most_trim_mm: float
    sees_from: str
    terms: Terms
    least: float
    sales_follow: bool
    prices: Mapping[str, float]


def read_reapplications(declaration: Declaration, plant: Plant) -> tuple[tuple[Declared, ...], tuple[Fault, ...]]:
    """All that hold, and every fault in the others."""
    faults: list[Fault] = []
    keys, kinds = Keys("re-application"), Keys("kind")
    found = [_declared(table, plant, keys, kinds) for table in declaration.tables(TABLE, faults)]
    return tuple(one for one in found if one is not None), tuple(faults)


def _declared(table: Table, plant: Plant, keys: Keys, kinds: Keys) -> Declared | None:
    key = keys.read(table)
    prices = dict(_kind(inner, kinds) for inner in table.tables("kind"))
    if len(prices) < LEAST_KINDS:
        problem = f"expected at least {LEAST_KINDS} kinds, got {len(prices)}"
        table.fault(problem, "add [[reapplication.kind]] with a key and a price for each kind that may serve another")
    title = table.text("title")
    decides = table.choices("decides", plant.parameters)
    repeatability = table.numbers("repeatability")
    if len(repeatability) != len(decides):
        problem = f"repeatability: expected {len(decides)} numbers, got {len(repeatability)}"
        table.fault(problem, "give one for each parameter of decides", at="repeatability")
    sure = table.number("sure", low=0.5, high=SUREST)
    width = table.choice("width", plant.parameters, default="")
    most_trim_mm = table.number("most_trim_mm", default=0.0, low=0.0)
    sees_from = table.choice("sees_from", plant.segments)
    late, holding = table.number("late_t_d", low=0.0), table.number("holding_t_d", low=0.0)
    ships_after_d = table.number("ships_after_d", low=0.0)
    claim = table.number("claim_t", default=0.0, low=0.0)
    least = table.number("least", default=0.0, low=0.0)
    sales_follow = table.flag("sales_follow")
    declared = table.make(
        Declared,
        key=key,
        title=title,
        decides=decides,
        repeatability=dict(zip(decides, repeatability, strict=False)),
        sure=sure,
        width=width,
        most_trim_mm=most_trim_mm,
        sees_from=sees_from,
        terms=Terms(late_t_d=late, holding_t_d=holding, ships_after_d=ships_after_d, claim_t=claim),
        least=least,
        sales_follow=sales_follow,
        prices=dict(sorted(prices.items(), key=lambda item: (-item[1], item[0]))),
    )
    table.done()
    return declared


def _kind(table: Table, keys: Keys) -> tuple[str, float]:
    return keys.read(table), table.number("price", low=0.0)
