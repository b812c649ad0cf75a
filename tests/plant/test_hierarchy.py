"""The equipment hierarchy: loops and levels, against an oracle that walks every line of parents."""

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import LEVELS
from pilothouse.plant.hierarchy import note_broken_lines

KEYS = "abcde"
PARENTS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(KEYS))


def faults_of(parents: dict[str, str], levels: dict[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    text = "".join(
        f'[[equipment]]\nkey = "{key}"\nlevel = "{levels[key]}"\n'
        + (f'parent = "{parents[key]}"\n' if key in parents else "")
        for key in KEYS
    )
    note_broken_lines(Declaration.parse(text).tables("equipment", faults))
    return faults


def in_loop(key: str, parents: dict[str, str]) -> bool:
    at = parents.get(key)
    for _ in KEYS:
        if at is None or at == key:
            break
        at = parents.get(at)
    return at == key


@given(PARENTS, st.lists(st.sampled_from(LEVELS), min_size=len(KEYS), max_size=len(KEYS)))
def test_every_loop_once_and_every_misplaced_parent_outside_loops(parents: dict[str, str], order: list[str]) -> None:
    levels = dict(zip(KEYS, order, strict=True))
    problems = [fault.problem for fault in faults_of(parents, levels)]
    looped = {key for key in KEYS if in_loop(key, parents)}
    told = [set(p.split(": ")[2].split(" in ")) for p in problems if "comes back" in p]
    assert sorted(key for loop in told for key in loop) == sorted(looped)
    misplaced = {
        key
        for key, parent in parents.items()
        if key not in looped and LEVELS.index(levels[parent]) >= LEVELS.index(levels[key])
    }
    assert {p.split(": ")[0] for p in problems if "does not stand above" in p} == {f"equipment {k}" for k in misplaced}
