"""Origins: the shape in which genealogy travels, and who came of whom over all generations.

One row says which part of a parent a child was made of.

============  =======  ==========================================================================
column        type     meaning
============  =======  ==========================================================================
``child``     String   lot key of what was made
``parent``    String   lot key of what it was made of
``start_m``   Float64  where the child's share of the parent begins, along the parent, in metres
``end_m``     Float64  where it ends, half-open [start, end)
``known_ns``  Int64    when the plant knew it, ns since 1970 UTC
============  =======  ==========================================================================

All rows of one child are told together: they are what is known of where it came from.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from pilothouse.plant.material import Genealogy, Origin

ORIGIN_COLUMNS: Final = {
    "child": pl.String,
    "parent": pl.String,
    "start_m": pl.Float64,
    "end_m": pl.Float64,
    "known_ns": pl.Int64,
}
"""The columns of origins, with their types; they are sorted by the first four."""

LINEAGE_COLUMNS: Final = {"piece": pl.String, "ancestor": pl.String, "generation": pl.Int64}
"""The columns of :func:`lineage`, with their types."""


def lineage(origins: pl.DataFrame, pieces: Iterable[str]) -> pl.DataFrame:
    """All that pieces came of, over all generations.

    Generation by generation the parents of the last one are looked up; an ancestor that is reached by several ways
    counts by the shortest. Two versions that were never true together can close a circle; it is walked once.

    Parameters
    ----------
    origins
        As above.
    pieces
        Lot keys; those of which no origin is known have no row.

    Returns
    -------
    polars.DataFrame
        ``piece, ancestor, generation``, sorted so; each pair once, ``generation`` 1 for a parent, 2 for its parent.

    Examples
    --------
    >>> origins = pl.DataFrame({"child": ["coil", "slab"], "parent": ["slab", "heat"]})
    >>> lineage(origins, ["coil"]).rows()
    [('coil', 'heat', 2), ('coil', 'slab', 1)]
    """
    parents = origins.select(pl.col("child").alias("ancestor"), pl.col("parent").alias("above")).unique()
    start = pl.DataFrame({"piece": pl.Series(list(pieces), dtype=pl.String).unique()}).with_columns(ancestor="piece")
    front = start
    found = [pl.DataFrame(schema=LINEAGE_COLUMNS)]
    seen = start
    while front.height:
        above = front.join(parents, on="ancestor").select("piece", pl.col("above").alias("ancestor")).unique()
        front = above.join(seen, on=["piece", "ancestor"], how="anti")
        seen = pl.concat([seen, front])
        found.append(front.with_columns(pl.lit(len(found), dtype=pl.Int64).alias("generation")))
    return pl.concat(found).sort("piece", "ancestor")


def genealogy_of(origins: pl.DataFrame) -> Genealogy:
    """Origins as records, in their order.

    Examples
    --------
    >>> row = {"child": ["coil"], "parent": ["slab"], "start_m": [0.0], "end_m": [9.5]}
    >>> genealogy_of(pl.DataFrame(row)).parents("coil")[0].parent
    'slab'
    """
    rows = origins.select("child", "parent", "start_m", "end_m").iter_rows()
    return Genealogy(tuple(Origin(child=c, parent=p, start=start, end=end) for c, p, start, end in rows))
