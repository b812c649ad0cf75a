"""What is known of heats at their shot, and where they ended: a row a heat.

A heat stands there when both values of the shot are known. Of what else is looked at, only what was known by then
counts. Where a heat was blown again, its end is what was measured before the second blow.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.view import Snapshot
from pilothouse.packs.steel.end_point.blow import Shots
from pilothouse.packs.steel.end_point.declaration import EndPoint

Array = NDArray[np.float64]

NOT_YET: Final = int(np.iinfo(np.int64).max)
"""When an end will be known that nobody has heard of yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heats:
    """Heats that had their shot, in its order.

    Parameters
    ----------
    table
        ``piece, anchor_ns, oxygen, coolant, carbon, temperature, again, known_ns`` and a column a fact; levers in their
        units; ``known_ns`` far ahead where the end is not known.
    point
        As declared.
    """

    table: pl.DataFrame
    point: EndPoint

    @property
    def facts(self) -> Array:
        """What is known at the shot (n, p), NaN where missing."""
        return self.table.select(self.point.facts).to_numpy().astype(np.float64).reshape(-1, len(self.point.facts))

    @property
    def levers(self) -> Array:
        """What was done (n, 2), in the units of the levers, NaN where it is not known."""
        return self.table.select("oxygen", "coolant").to_numpy().astype(np.float64).reshape(-1, 2)

    @property
    def pieces(self) -> tuple[str, ...]:
        """Keys of the heats (n,)."""
        return tuple(self.table["piece"].to_list())

    def column(self, name: str) -> Array:
        """A column of numbers (n,), NaN where missing."""
        return self.table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    def instants(self, name: str) -> NDArray[np.int64]:
        """A column of instants (n,)."""
        return self.table[name].to_numpy()

    def where(self, chosen: pl.Expr) -> "Heats":
        """Some of them."""
        return Heats(table=self.table.filter(chosen), point=self.point)

    def shots(self, usual_charge: float) -> Shots:
        """As the mechanism takes them; where a mass of the charge is missing, the usual charge."""
        charge = self.table.select(self.point.bath).to_numpy().astype(np.float64).sum(axis=1)
        return Shots(
            carbon=self.column(self.point.shot.carbon),
            temperature=self.column(self.point.shot.temperature),
            charge=np.where(np.isfinite(charge), charge, usual_charge),
        )


ENDED: Final = pl.col("known_ns") < NOT_YET


def heats(snapshot: Snapshot, point: EndPoint, *, pieces: Collection[str] | None = None) -> Heats:
    """All heats that had their shot, or those of these pieces."""
    shot = [
        _first(snapshot, key, pieces, name) for key, name in ((point.shot.carbon, "c"), (point.shot.temperature, "t"))
    ]
    table = shot[0].join(shot[1], on="piece").select("piece", pl.max_horizontal("c_ns", "t_ns").alias("anchor_ns"))
    table = _with_end(snapshot, point, table.sort("anchor_ns", "piece"))
    for fact in point.facts:
        seen = snapshot.observations(fact).select("piece", "end_ns", "known_ns", pl.col("value").alias(fact))
        timely = (
            table.select("piece", "anchor_ns").join(seen, on="piece").filter(pl.col("known_ns") <= pl.col("anchor_ns"))
        )
        latest = timely.sort("end_ns", "known_ns").group_by("piece").agg(pl.col(fact).last())
        table = table.join(latest, on="piece", how="left", maintain_order="left")
    return Heats(table=table, point=point)


def _first(snapshot: Snapshot, parameter: str, pieces: Collection[str] | None, name: str) -> pl.DataFrame:
    """The first usable value of each piece, as ``NAME``; when it was known is ``NAME_ns``, when over ``NAME_end``."""
    found = snapshot.observations(parameter).drop_nulls("piece")
    if pieces is not None:
        found = found.filter(pl.col("piece").is_in(sorted(pieces)))
    found = found.sort("known_ns", "end_ns").group_by("piece", maintain_order=True).first()
    return found.select(
        "piece",
        pl.col("value").alias(name),
        pl.col("known_ns").alias(f"{name}_ns"),
        pl.col("end_ns").alias(f"{name}_end"),
    )


def _with_end(snapshot: Snapshot, point: EndPoint, table: pl.DataFrame) -> pl.DataFrame:
    """The heats with levers and end."""
    named = {
        "oxygen": point.oxygen.parameter,
        "coolant": point.coolant.parameter,
        "carbon": point.end.carbon,
        "temperature": point.end.temperature,
    }
    if point.again is not None:
        named |= {"carbon_before": point.again.before.carbon, "temperature_before": point.again.before.temperature}
    pieces = table["piece"].to_list()
    parts = [_first(snapshot, parameter, pieces, name) for name, parameter in named.items()]
    table = reduce(lambda left, right: left.join(right, on="piece", how="left", maintain_order="left"), parts, table)
    again = pl.lit(False)
    if point.again is not None:
        again = ((pl.col("temperature_end") - pl.col("anchor_ns")) / NS_PER_MIN > point.again.after_minutes).fill_null(
            False
        )
        table = table.with_columns(
            pl.when(again).then(f"{name}_before").otherwise(name).alias(name) for name in ("carbon", "temperature")
        )
    told = pl.max_horizontal("carbon_ns", "temperature_ns", "oxygen_ns", "coolant_ns")
    whole = pl.all_horizontal(pl.col("carbon", "temperature", "oxygen", "coolant").is_not_null())
    known = pl.when(whole & (told > pl.col("anchor_ns"))).then(told).otherwise(NOT_YET)
    return table.select(
        "piece",
        "anchor_ns",
        "oxygen",
        "coolant",
        "carbon",
        "temperature",
        again.alias("again"),
        known.alias("known_ns"),
    )
