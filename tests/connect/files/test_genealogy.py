"""``[[genealogy]]`` is read with every fault named by its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from pilothouse.connect.files.genealogy import read_genealogies
from pilothouse.connect.files.mapping import Known
from pilothouse.hub.workspace import check_folder
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.material import MaterialDefinition, UnsoundMaterial

SOUND = """[[genealogy]]
key = "descent"
file = "genealogy_*.csv"
child_material = ["slab", "coil"]
child = "piece"
parent = "made  of"
start = "from"
end = "to"
unit = "mm"
known = { column = "cut" }
"""


@pytest.fixture
def mill(plant):
    made = [("heat", ()), ("slab", ("heat",)), ("coil", ("slab",))]
    return replace(plant, materials={k: MaterialDefinition(key=k, name=k, made_from=of) for k, of in made})


def test_a_sound_table_is_a_mapping(mill):
    [mapping], faults = read_genealogies(Declaration.parse(SOUND), mill)
    assert faults == ()
    assert (mapping.key, mapping.files, mapping.child_materials) == ("descent", ("genealogy_*.csv",), ("slab", "coil"))
    assert (mapping.child, mapping.parent, mapping.start, mapping.end) == ("piece", "made of", "from", "to")
    assert (mapping.unit, mapping.known, mapping.time_zone) == ("mm", Known(column="cut"), "UTC")
    assert mapping.expected.written == ("piece", "made of", "from", "to", "cut")


def test_what_need_not_be_said(mill):
    short = SOUND.replace('unit = "mm"\nknown = { column = "cut" }\n', "").replace('["slab", "coil"]', '"coil"')
    [mapping], faults = read_genealogies(Declaration.parse(short), mill)
    assert faults == ()
    assert (mapping.unit, mapping.known, mapping.child_materials) == ("m", Known(), ("coil",))


FAULTS = [
    ('parent = "made  of"\n', "", 1, "genealogy descent: parent is missing", 'add a line parent = "..."'),
    ('parent = "made  of"', "parent = 2", 6, "parent: expected a text, got 2", "in quotes"),
    ('parent = "made  of"', 'parent = "piece"', 6, "parent and child are one column, 'piece'", "a column for each"),
    ('["slab", "coil"]', '["slab", "coli"]', 4, "child_material: unknown 'coli'", "use coil"),
    ('["slab", "coil"]', '"slap"', 4, "unknown child material 'slap'", "use slab"),
    ('["slab", "coil"]', '["heat", "coil"]', 4, "child_material: heat is made from nothing", "[[material]] heat"),
    ('child_material = ["slab", "coil"]\n', "", 1, "child_material is missing", "add a line child_material"),
    ('"mm"', '"kg"', 9, "unknown unit 'kg'", "use "),
    ('{ column = "cut" }', "{}", 10, "known: expected either a column or a delay", "write {"),
    ('{ column = "cut" }', '{ delay = "-1 s" }', 10, "'-1 s' is negative", "nothing is known before"),
    ('key = "descent"', 'key = "a/b"', 2, "key 'a/b': expected letters", "names the reject file"),
    ('key = "descent"', 'key = "arc"', 2, "the key 'arc' stands twice", "a key of its own"),
    ('unit = "mm"', 'untis = "mm"', 9, "unknown key 'untis'", "use unit"),
    ("[[genealogy]]", "[genealogy]", 1, "genealogy: expected a list of tables", "[[genealogy]]"),
]


@pytest.mark.parametrize(("old", "new", "line", "problem", "remedy"), FAULTS)
def test_a_fault_has_its_line_and_remedy(mill, old, new, line, problem, remedy):
    text = SOUND.replace(old, new)
    assert text != SOUND
    mappings, faults = read_genealogies(Declaration.parse(text), mill, {"arc"})
    assert mappings == ()
    found = [f for f in faults if f.line == line and problem in f.problem and remedy in f.remedy]
    assert len(found) == 1, "\n".join(map(str, faults))


def test_two_of_one_key(mill):
    mappings, faults = read_genealogies(Declaration.parse(SOUND + SOUND), mill)
    assert len(mappings) == 1
    assert [(f.line, "stands twice" in f.problem) for f in faults] == [(12, True)]


def test_a_material_at_fault_is_told_where_it_stands_and_not_here(mill):
    unsound = replace(mill, materials={**mill.materials, "coil": UnsoundMaterial(key="coil", name="coil")})
    assert read_genealogies(Declaration.parse(SOUND), unsound)[1] == ()


def test_check_names_its_faults_with_all_others(tmp_path: Path):
    (tmp_path / "plant.toml").write_text(
        'schema = 1\n[plant]\nkey = "p"\nname = "P"\ntime_zone = "UTC"\ncurrency = "EUR"\n[[equipment]]\nkey = "u"\n'
        'level = "site"\nname = "U"\n[[material]]\nkey = "heat"\nname = "Heat"\n' + SOUND,
        encoding="utf-8",
    )
    (tmp_path / "parameters.csv").write_text("key,name,unit,role,equipment\nt,T,kg,measured,u\n", encoding="utf-8")
    workspace, faults = check_folder(tmp_path, ())
    assert workspace is None
    assert [(fault.line, fault.file) for fault in faults] == [(17, "plant.toml")] * 2
