"""Products: what tells pieces of a plant apart, and what each tested over what is usual for its product."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pilothouse.decision.view import Snapshot
from pilothouse.methods.monitor.product import usual
from pilothouse.methods.monitor.unit_watch import LEARNT
from pilothouse.packs.steel.beside import laid_beside, ways_of
from pilothouse.packs.steel.declaration import VirtualTest
from pilothouse.packs.steel.route import tested
from pilothouse.packs.steel.unit_table import Array, UnitTable
from pilothouse.plant.frame import UNCERTAIN
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

THICKNESS: Final = "thickness_mm"
"""Quantity of a virtual test's strip that tells products apart beside their steel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Products:
    """What tells products apart and what they tested, by piece.

    Parameters
    ----------
    features
        Parameters that tell them apart; none where no virtual test is declared.
    pieces
        Tested pieces with their features, and ``result`` less what is usual for their product.
    ways
        ``piece, ancestor`` of those.
    result
        What the test tells; None where none is declared.
    """

    features: tuple[str, ...]
    pieces: pl.DataFrame
    ways: pl.DataFrame
    result: Parameter | None


def products_of(snapshot: Snapshot, plant: Plant, test: VirtualTest | None) -> Products:
    """The pieces on which products are told apart, with what they tested less what is usual for their product."""
    nothing = pl.DataFrame(schema={"piece": pl.String, "result": pl.Float64})
    if test is None:
        return Products(features=(), pieces=nothing, ways=ways_of(snapshot, []), result=None)
    strip = (test.strip[THICKNESS],) if test.strip else ()
    features = tuple(dict.fromkeys((*test.standings[0].alike, *strip)))
    answers = tested(snapshot, test).sort("answered_ns", "piece")
    pieces = laid_beside(snapshot, answers.select("piece", "answer"), features, worst_status=UNCERTAIN)
    told = pieces.select(pl.col(features).cast(pl.Float64).fill_null(np.nan)).to_numpy().reshape(-1, len(features))
    answer = pieces["answer"].to_numpy()[:, None]
    off = answer - usual(answer, told, round(LEARNT * len(answer))) if len(answer) else answer
    pieces = pieces.with_columns(pl.Series("result", off[:, 0], dtype=pl.Float64)).drop("answer")
    ways = ways_of(snapshot, pieces["piece"].to_list())
    return Products(features=features, pieces=pieces, ways=ways, result=plant.parameters[test.result])


def told_of(snapshot: Snapshot, table: UnitTable, products: Products) -> tuple[dict[str, Array], Array, Array]:
    """Features of each row, the mean result of the pieces that came of it, and how many of them were tested."""
    rows = pl.DataFrame({"piece": table.pieces}, schema={"piece": pl.String})
    own = laid_beside(snapshot, rows, products.features, worst_status=UNCERTAIN)
    came = products.ways.join(products.pieces, on="piece").group_by("ancestor")
    means = came.agg(pl.col("result").mean(), pl.len().alias("weight"), *(pl.col(f).mean() for f in products.features))
    later = rows.join(means, left_on="piece", right_on="ancestor", how="left", maintain_order="left")
    features = {
        name: own[name].fill_null(later[name]).fill_null(np.nan).to_numpy().astype(np.float64)
        for name in products.features
    }
    result = later["result"].fill_null(np.nan).to_numpy().astype(np.float64)
    return features, result, later["weight"].fill_null(0).to_numpy().astype(np.float64)
