"""Lines of a TOML text: every path that the parser gives has one, and it is the right one."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.plant.toml_lines import TomlPath, line_index

AWKWARD = '''\
# [not.a.table]
title = "a # no comment, [no] table = x"
'literal key' = 'C:\\path\\'   # a comment
"quoted \\"key\\" ü" = 1
dotted.inner.deep = true
long = """
[fake]
key = 1 \\""" still inside
"""
raw = \'\'\'
[[fake]]
''\'\'\'
list = [  # comment ] in the list
    "one",
    { name = "two", nested = [1, 2] },

    ["three", 4],
]
day = 2026-05-03 11:02:14Z
inline = { a = 1, b.c = "}", d = { e = [] } }

[a]
[a.b]
x = 1
[[ a . list ]]
x = 1
[a.list.sub]
y = 2
[[a.list]]
x = 3
  [a.list.sub]
  y = 4
[a.list."odd.name"]
'''


def paths(value: object, at: TomlPath = ()) -> Iterator[TomlPath]:
    """Every way into a parsed value."""
    if at:
        yield at
    items: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for step, inner in items:
        yield from paths(inner, (*at, step))


@pytest.mark.parametrize("text", [AWKWARD, AWKWARD.replace("\n", "\r\n")], ids=["unix", "windows"])
def test_every_path_of_an_awkward_file_has_its_line(text: str) -> None:
    index = line_index(text)
    assert set(index) == set(paths(tomllib.loads(text)))
    lines = {
        ("title",): 2,
        ("literal key",): 3,
        ('quoted "key" ü',): 4,
        ("dotted", "inner", "deep"): 5,
        ("long",): 6,
        ("raw",): 10,
        ("list", 0): 14,
        ("list", 1, "nested", 1): 15,
        ("list", 2, 1): 17,
        ("day",): 19,
        ("inline", "b", "c"): 20,
        ("inline", "d", "e"): 20,
        ("a", "b"): 23,
        ("a", "list", 0): 25,
        ("a", "list", 0, "sub", "y"): 28,
        ("a", "list", 1, "x"): 30,
        ("a", "list", 1, "sub", "y"): 32,
        ("a", "list", 1, "odd.name"): 33,
    }
    assert {path: index[path] for path in lines} == lines


def test_a_table_declared_after_its_part_stands_at_its_own_header() -> None:
    assert line_index("[a.b]\nx = 1\n\n[a]\ny = 2\n")[("a",)] == 4


KEYS = st.text(st.sampled_from("abüд -_.\"'#=[]{},\\"), min_size=1, max_size=6)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text(st.sampled_from("ab\"'#\n[]{}=,\\"), max_size=8))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def written(value: object) -> str:
    """A value as inline TOML, with a line end wherever one may stand."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(v)}, # ] }} note\n" for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.integers(0, 3))
def test_lines_are_where_the_keys_were_written(content: dict[str, object], gap: int) -> None:
    text, expected = "", {}
    for key, value in content.items():
        text += "\n" * gap
        expected[key] = text.count("\n") + 1
        text += f"{quoted(key)} = {written(value)}\n"
    index = line_index(text)
    assert tomllib.loads(text) == content
    assert set(index) == set(paths(content))
    assert {key: index[(key,)] for key in content} == expected
