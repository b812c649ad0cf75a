"""The equipment hierarchy: every parent stands above its child, and no line of parents comes back to itself."""

from collections.abc import Iterable

from pilothouse.plant.equipment import LEVELS
from pilothouse.plant.table import Table


def note_broken_lines(equipment: Iterable[Table]) -> None:
    """Note loops of parents and parents that do not stand above their child, at the child's ``parent``.

    Parameters
    ----------
    equipment
        Tables with ``key``, ``level`` and ``parent``; values that are missing or wrong are another check's business.
    """
    tables = {str(table.value("key")): table for table in equipment}
    parents = {key: str(table.value("parent")) for key, table in tables.items() if table.has("parent")}
    looped: set[str] = set()
    for key, table in tables.items():
        loop = _loop_from(key, parents)
        if loop and key not in looped:
            looped.update(loop)
            line = " in ".join((*loop, loop[0]))
            table.fault(f"the line of parents comes back to itself: {line}", "correct one parent of them", at="parent")
    for key, parent in parents.items():
        if parent in tables and key not in looped:
            _note_level(tables[key], tables[parent], parent)


def _loop_from(key: str, parents: dict[str, str]) -> tuple[str, ...]:
    """The line of parents that leads from a key back to it; nothing where none does."""
    line = [key]
    while (up := parents.get(line[-1])) is not None:
        if up == key:
            return tuple(line)
        if up in line:  # a loop above this one, which it is no part of
            return ()
        line.append(up)
    return ()


def _note_level(child: Table, parent: Table, parent_key: str) -> None:
    level, above = child.value("level"), parent.value("level")
    if level in LEVELS and above in LEVELS and LEVELS.index(str(above)) >= LEVELS.index(str(level)):
        problem = f"its parent {parent_key} is a {above}, which does not stand above a {level}"
        child.fault(problem, f"the levels are, from the top, {', '.join(LEVELS)}", at="parent")
