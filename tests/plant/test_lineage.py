"""Who came of whom over all generations: as a naive walk finds it, and quickly."""

from time import perf_counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.plant.lineage import LINEAGE_COLUMNS, ORIGIN_COLUMNS, genealogy_of, lineage

pieces = st.integers(0, 11).map(str)
downwards = st.lists(st.tuples(pieces, pieces).filter(lambda pair: int(pair[0]) > int(pair[1])), max_size=25)


def origins_of(pairs):
    rows = [(child, parent, 0.0, 1.0, 0) for child, parent in pairs]
    return pl.DataFrame(rows, schema=ORIGIN_COLUMNS, orient="row")


def walked(pairs, piece):
    """Ancestors with the fewest steps to them, one parent after the other."""
    found, front, steps = {piece: 0}, [piece], 0
    while front:
        steps += 1
        front = list(dict.fromkeys(p for at in front for c, p in pairs if c == at and p not in found))
        found |= dict.fromkeys(front, steps)
    return {(piece, ancestor, steps) for ancestor, steps in found.items() if steps}


@given(pairs=downwards, asked=st.lists(pieces, max_size=6))
def test_a_forest_is_walked_as_by_hand(pairs, asked):
    found = lineage(origins_of(pairs), asked)
    assert set(found.rows()) == {row for piece in asked for row in walked(pairs, piece)}
    assert found.equals(found.unique().sort("piece", "ancestor"))
    assert found.schema == pl.Schema(LINEAGE_COLUMNS)


@given(pairs=downwards, piece=pieces)
def test_it_names_the_ancestors_that_the_records_name(pairs, piece):
    origins = origins_of(dict.fromkeys(pairs))
    named = {origin.parent for origin in genealogy_of(origins).ancestors(piece)}
    assert set(lineage(origins, [piece])["ancestor"]) == named


@given(pairs=st.lists(st.tuples(pieces, pieces).filter(lambda pair: pair[0] != pair[1]), max_size=25), piece=pieces)
def test_a_circle_is_walked_once(pairs, piece):
    """Two versions that were never true together can close one."""
    assert set(lineage(origins_of(pairs), [piece]).rows()) == walked(pairs, piece)


def test_the_shortest_way_counts():
    origins = origins_of([("coil", "slab"), ("slab", "heat"), ("coil", "heat")])
    assert lineage(origins, ["coil"]).rows() == [("coil", "heat", 1), ("coil", "slab", 1)]


@pytest.mark.parametrize("asked", [[], ["none"]])
def test_nothing_is_known_of_strangers(asked):
    assert lineage(origins_of([("coil", "slab")]), asked).is_empty()


def test_twenty_thousand_coils_take_well_under_a_second():
    n = 20_000
    pairs = [(f"c{k}", f"s{k}") for k in range(n)] + [(f"s{k}", f"h{k // 20}") for k in range(n)]
    origins, coils = origins_of(pairs), [f"c{k}" for k in range(n)]
    began = perf_counter()
    found = lineage(origins, coils)
    assert perf_counter() - began < 1.0
    assert found.height == 2 * n
    assert found["generation"].value_counts(sort=True).sort("generation").rows() == [(1, n), (2, n)]
