"""Genealogy: ancestors and loops against an oracle that tries everything."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.plant.material import Genealogy, Origin

LOTS = "abcdef"
LINKS = st.sets(st.tuples(st.sampled_from(LOTS), st.sampled_from(LOTS), st.integers(0, 2)), max_size=10)


def genealogy(links: set[tuple[str, str, int]]) -> Genealogy:
    origins = (Origin(child=c, parent=p, start=float(at), end=at + 1.0) for c, p, at in sorted(links))
    return Genealogy(tuple(origins))


def reach(links: set[tuple[str, str, int]]) -> set[tuple[str, str]]:
    """Who descends from whom: the transitive closure, by trying every lot between (Warshall 1962)."""
    pairs = {(child, parent) for child, parent, _ in links}
    for between, child, parent in product(LOTS, LOTS, LOTS):
        if (child, between) in pairs and (between, parent) in pairs:
            pairs.add((child, parent))
    return pairs


@given(LINKS)
def test_ancestors_are_all_origins_up_the_line_each_once(links: set[tuple[str, str, int]]) -> None:
    descends = reach(links)
    for lot in LOTS:
        found = [(o.child, o.parent, int(o.start)) for o in genealogy(links).ancestors(lot)]
        line = {lot} | {parent for child, parent in descends if child == lot}
        assert set(found) == {link for link in links if link[0] in line}
        assert len(found) == len(set(found))


@given(LINKS)
def test_a_loop_is_found_where_there_is_one_and_is_one(links: set[tuple[str, str, int]]) -> None:
    loop = genealogy(links).loop()
    assert bool(loop) == any(child == parent for child, parent in reach(links))
    steps = {(child, parent) for child, parent, _ in links}
    assert all(step in steps for step in zip(loop, loop[1:] + loop[:1], strict=True))
    assert len(loop) == len(set(loop))


def test_what_hangs_on_a_loop_is_no_part_of_it() -> None:
    links = {("a", "b", 0), ("b", "c", 0), ("c", "b", 0), ("c", "d", 0)}
    assert set(genealogy(links).loop()) == {"b", "c"}


def test_nearest_origins_come_first() -> None:
    links = {("coil", "slab", 0), ("slab", "heat-2", 1), ("slab", "heat-1", 0), ("heat-1", "ore", 0)}
    found = [o.parent for o in genealogy(links).ancestors("coil")]
    assert found == ["slab", "heat-1", "heat-2", "ore"]


def test_parents_and_children_come_in_order_of_position() -> None:
    tree = genealogy({("b", "a", 2), ("c", "a", 0), ("d", "a", 1), ("d", "e", 0)})
    assert [o.child for o in tree.children("a")] == ["c", "d", "b"]
    assert [o.parent for o in tree.parents("d")] == ["a", "e"]


def test_an_origin_has_some_length() -> None:
    with pytest.raises(ValueError, match="start 2 is not below end 2"):
        Origin(child="b", parent="a", start=2.0, end=2.0)
