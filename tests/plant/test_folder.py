"""A plant folder is read whole or not at all, and every fault in it is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.errors import ConfigError
from pilothouse.plant.folder import PlantFolder, load_plant, read_for_checking, read_plant
from pilothouse.plant.parameter import Limit, UnsoundParameter

Spoil = Callable[[str, str, str], Path]
EXAMPLE = Path(__file__).parents[2] / "examples" / "ladle_furnace"


def test_a_sound_folder_gives_its_plant(mill: Path) -> None:
    plant, faults = read_plant(mill)
    assert faults == ()
    assert plant is not None
    assert (plant.key, plant.time_zone, plant.currency) == ("mill", "Europe/Berlin", "EUR")
    assert plant.equipment_path("stand") == "works/line/stand"
    assert plant.materials["coil"].made_from == ("slab", "coil")
    assert (plant.segments["rolling"].consumes, plant.segments["rolling"].produces) == (("slab",), ("coil",))
    assert plant.kpis["yield"].timing == "on_demand"
    assert plant.parameters["force"].kind == "force"
    assert plant.parameters["force"].limit == Limit(high=25.0, source="maker of the stand")
    assert plant.parameters["hardness"].low is None


def test_due_times_without_offset_are_in_the_zone_of_the_plant(mill: Path) -> None:
    orders = load_plant(mill).orders
    assert orders["A-1"].due_ns == 1_774_778_400 * 10**9  # 10:00 UTC: summer time began that morning
    assert orders["A-2"].due_ns == 1_774_828_800 * 10**9


def test_the_example_folder_is_sound() -> None:
    plant = load_plant(EXAMPLE)
    assert len(plant.parameters) == 28
    assert plant.orders == {}


PLANT_FAULTS = [
    # what is spoilt, by what; line, problem, remedy
    ("schema = 1\n", "schema = 2\n", 1, "schema 2 is newer than this version", "update Pilothouse"),
    ("schema = 1\n", "\n", 1, "schema is missing", "add a line schema = 1"),
    ("schema = 1\n", 'schema = "1"\n', 1, "schema: expected a whole number of at least 1, got '1'", "without quotes"),
    ("[plant]", "[pant]", 1, "[plant] is missing", "add [plant] with key"),
    ("[plant]", "[pant]", 3, "unknown table 'pant'", "use plant"),
    ("[[kpi]]", "[[kpis]]", 44, "unknown table 'kpis'", "use kpi"),
    ("[[kpi]]", "[kpi]", 44, "kpi: expected a list of tables, got a table", "[[kpi]]"),
    ('time_zone = "Europe/Berlin"\n', "", 3, "plant: time_zone is missing", 'time_zone = "Europe/Berlin"'),
    ("Europe/Berlin", "Europe/Berlni", 6, "plant: unknown time zone 'Europe/Berlni'", "use Europe/Berlin"),
    ("Europe/Berlin", "/etc/passwd", 6, "plant: unknown time zone '/etc/passwd'", "use "),
    ("Europe/Berlin", "Europe", 6, "plant: unknown time zone 'Europe'", "use "),
    ('"EUR"', '"EURO"', 7, "plant: unknown currency 'EURO'", "use EUR"),
    ('"EUR"', "978", 7, "plant: currency: expected a text, got 978", "in quotes"),
    ('key = "mill"', 'key = "the mill"', 4, "the key 'the mill' is not made of letters", "into the name"),
    ('name = "Line"\n', 'nmae = "Line"\n', 14, "equipment line: name is missing", 'add a line name = "..."'),
    ('name = "Line"\n', 'nmae = "Line"\n', 17, "equipment line: unknown key 'nmae'", "use name"),
    ('"work_center"', '"workcentre"', 16, "equipment line: unknown level 'workcentre'", "use work_center"),
    ('"work_center"', '"cell"', 16, "unknown level 'cell'", "use one of: enterprise, site, area"),
    ('key = "stand"', 'key = "line"', 21, "equipment line: the key 'line' stands on line 15 already", "key of its own"),
    ('key = "stand"\n', "", 20, "equipment 3: key is missing", "add a line key"),
    ('parent = "line"', 'parent = "lien"', 24, "equipment stand: unknown parent 'lien'", "use line"),
    (
        'parent = "works"',
        'parent = "stand"',
        18,
        "parents comes back to itself: line in stand in line",
        "parent",
    ),
    ('parent = "works"', 'parent = "line"', 18, "comes back to itself: line in line", "correct one parent"),
    ('level = "site"', 'level = "work_unit"', 18, "its parent works is a work_unit", "enterprise, site, area"),
    ('level = "work_unit"', 'level = "work_center"', 24, "does not stand above a work_center", "from the top"),
    ('["slab", "coil"]', '["slab", "coul"]', 33, "material coil: made_from: unknown 'coul'", "use coil"),
    (
        '["slab", "coil"]',
        '"slab"',
        33,
        "material coil: made_from: expected a list of texts, got 'slab'",
        "write it as [",
    ),
    ('equipment = "line"', 'equipment = "lines"', 38, "segment rolling: unknown equipment 'lines'", "use line"),
    ('    "coil",', '    "coi",', 41, "segment rolling: produces: unknown 'coi'", "use coil"),
    ('scope = "coil"', 'scope = "coils"', 47, "kpi yield: unknown scope 'coils'", "use coil"),
    ('"higher"', '"up"', 50, "kpi yield: unknown trend 'up'", "use one of: higher, lower"),
    ("[[segment]]", "[[segment]", 35, "not valid TOML", "correct this line"),
    ('name = "Works"', "name = Works", 12, "not valid TOML", "texts stand in quotes"),
    ('trend = "higher"\n', 'trend = "higher', 50, "not valid TOML", "correct this line"),
]


@pytest.mark.parametrize(("old", "new", "line", "problem", "remedy"), PLANT_FAULTS)
def test_a_fault_of_plant_toml(spoil: Spoil, old: str, new: str, line: int, problem: str, remedy: str) -> None:
    assert_fault(spoil("plant.toml", old, new), "plant.toml", line, problem, remedy)


PARAMETER_FAULTS = [
    ("force,Roll force,,MN,", "force,Roll force,,NM,", 2, "force: unknown unit 'NM'", "use Nm, or write kind = opaque"),
    ("opaque,HRB", ",HRB", 4, "parameter hardness: unknown unit 'HRB'", "kind = opaque"),
    ("length,mm", "lenght,mm", 3, "parameter gap: unknown kind 'lenght'", "use length"),
    ("length,mm", "length,MW", 3, "parameter gap: 'MW' is not a unit of length", "leave kind empty"),
    ("length,mm", "length,", 3, "parameter gap: unit is missing", "fill in the column unit"),
    ("lever,stand", "levre,stand", 3, "parameter gap: unknown role 'levre'", "use lever"),
    ("lever,stand", "lever,satnd", 3, "parameter gap: unknown equipment 'satnd'", "use stand"),
    ("lever,stand,1,", "lever,stand,one,", 3, "parameter gap: low: expected a number, got 'one'", "plain digits"),
    ("lever,stand,1,", "lever,stand,1 mm,", 3, "parameter gap: low: expected a number, got '1 mm'", "without unit"),
    ("lever,stand,1,", "lever,stand,nan,", 3, "parameter gap: low: expected a number, got 'nan'", "plain digits"),
    ("lever,stand,1,", 'lever,stand,"1,450",', 3, "low: expected a number, got '1,450'", "plain digits"),
    ("stand,1,250,", "stand,250,1,", 3, "parameter gap: range low 250 is not below high 1", "exchange"),
    (",2,200,", ",200,2,", 3, "parameter gap: limit low 200 is above limit high 2", "exchange"),
    (",2,200,", ",2,300,", 3, "limit_high 300 lies outside the credible range: above high 250", "widen the range"),
    (",2,200,", ",0.5,200,", 3, "limit_low 0.5 lies outside the credible range: below low 1", "widen the range"),
    ("maker of the stand", "", 2, "parameter force: a limit without its source", "limit_source"),
    ("\ngap,", "\nforce,", 3, "parameter force: the key 'force' stands on line 2 already", "key of its own"),
    ("\ngap,", "\n,", 3, "parameter without key: key is missing", "fill in the column key"),
    ("\ngap,", "\nroll gap,", 3, "the key 'roll gap' is not made of letters", "into the name"),
    ("\ngap,", "\nstart_ns,", 3, "the key 'start_ns' is kept", "choose another key"),
    ("Roll gap,", "Roll gap, cold,", 3, "12 cells, but the heading names 11 columns", "in quotes"),
    (
        "unit,role",
        "units,role",
        1,
        "the column 'unit' is missing",
        "write the columns key, name, unit, role",
    ),
    ("unit,role", "units,role", 1, "unknown column 'units'", "use unit, or remove the column"),
    ("low,high", "low,low", 1, "the column 'low' stands there 2 times", "keep one"),
    ("Hardness", '"Hardness', 4, "cut short or misquoted", "close the quotes"),
]


@pytest.mark.parametrize(("old", "new", "line", "problem", "remedy"), PARAMETER_FAULTS)
def test_a_fault_of_the_parameter_list(spoil: Spoil, old: str, new: str, line: int, problem: str, remedy: str) -> None:
    assert_fault(spoil("parameters.csv", old, new), "parameters.csv", line, problem, remedy)


ORDER_FAULTS = [
    ("A-1,coil", "A-1,coils", 2, "order A-1: unknown product 'coils'", "use coil"),
    ("12.5", "many", 2, "order A-1: quantity: expected a number, got 'many'", "plain digits"),
    ("12.5", "", 2, "order A-1: quantity is missing", "fill in the column quantity"),
    ("12.5", "-1", 2, "order A-1: quantity must be above 0, got -1", "correct it"),
    (",t,", ",tt,", 2, "order A-1: unknown unit 'tt'", "use "),
    ("2026-03-29 12:00", "29.03.2026", 2, "order A-1: due: expected an instant", "write year-month-day"),
    ("2026-03-29 12:00", "9999-03-29", 2, "between the years 1678 and 2262", "write year-month-day"),
    ("2026-03-29 12:00", "", 2, "order A-1: due is missing", "fill in the column due"),
    ("A-2", "A-1", 3, "the key 'A-1' stands on line 2 already", "key of its own"),
    ("due", "date", 1, "the column 'due' is missing", "write the columns"),
]


@pytest.mark.parametrize(("old", "new", "line", "problem", "remedy"), ORDER_FAULTS)
def test_a_fault_of_the_order_list(spoil: Spoil, old: str, new: str, line: int, problem: str, remedy: str) -> None:
    assert_fault(spoil("orders.csv", old, new), "orders.csv", line, problem, remedy)


def assert_fault(root: Path, file: str, line: int, problem: str, remedy: str) -> None:
    """The fault is found where it is, and nothing is loaded."""
    plant, faults = read_plant(root)
    assert plant is None
    found = [f for f in faults if (f.file, f.line) == (file, line) and problem in f.problem and remedy in f.remedy]
    assert len(found) == 1, "\n".join(map(str, faults))


def test_all_faults_of_all_files_are_found_in_one_go(spoil: Spoil) -> None:
    spoil("plant.toml", '"EUR"', '"EURO"')
    spoil("plant.toml", '"higher"', '"up"')
    spoil("parameters.csv", "lever", "levre")
    root = spoil("orders.csv", "12.5", "many")
    _, faults = read_plant(root)
    assert [(f.file, f.line) for f in faults] == [
        ("plant.toml", 7),
        ("plant.toml", 50),
        ("parameters.csv", 3),
        ("orders.csv", 2),
    ]


def test_one_fault_does_not_cause_others(spoil: Spoil) -> None:
    root = spoil("plant.toml", '"work_center"', '"cell"')  # the line is at fault, what refers to it is not
    _, faults = read_plant(root)
    assert [f.line for f in faults] == [16]


def test_a_loop_is_told_once(spoil: Spoil) -> None:
    root = spoil("plant.toml", 'parent = "works"', 'parent = "stand"')
    assert len(read_plant(root)[1]) == 1


def test_a_toml_file_that_cannot_be_parsed_does_not_hide_the_faults_of_the_list(spoil: Spoil) -> None:
    spoil("plant.toml", "[plant]", "[plant")
    root = spoil("parameters.csv", "lever", "levre")
    _, faults = read_plant(root)
    assert [(f.file, f.line) for f in faults] == [("plant.toml", 3), ("parameters.csv", 3)]


def test_tables_of_other_rooms_are_left_to_them(spoil: Spoil) -> None:
    root = spoil("plant.toml", "[[kpi]]", "[[import]]\nfile = 1\n[[scenario]]\n[scenario.aim]\nx = 1\n[[kpi]]")
    assert read_plant(root)[1] == ()


@pytest.mark.parametrize(
    ("missing", "problem", "remedy"),
    [
        ("plant.toml", "plant.toml is missing", "create it"),
        ("parameters.csv", "the file is missing", "list the plant's parameters in parameters.csv or parameters.xlsx"),
    ],
)
def test_a_missing_file(mill: Path, missing: str, problem: str, remedy: str) -> None:
    (mill / missing).unlink()
    assert_fault(mill, missing, 1, problem, remedy)


def test_orders_may_be_missing(mill: Path) -> None:
    (mill / "orders.csv").unlink()
    assert load_plant(mill).orders == {}


def test_a_second_list_of_parameters_is_a_fault(mill: Path) -> None:
    (mill / "parameters.xlsx").write_bytes(b"")
    assert_fault(mill, "parameters.xlsx", 1, "there is parameters.csv too", "keep one of them")


@pytest.mark.parametrize(
    ("content", "problem"), [("", "the file is empty"), ("key,name,unit,role,equipment\n", "no parameter is listed")]
)
def test_a_list_without_parameters(mill: Path, content: str, problem: str) -> None:
    (mill / "parameters.csv").write_text(content, encoding="utf-8")
    assert_fault(mill, "parameters.csv", 1, problem, "write")


def test_a_plant_without_equipment(mill: Path) -> None:
    text = (mill / "plant.toml").read_text(encoding="utf-8")
    (mill / "plant.toml").write_text(text[: text.index("[[equipment]]")], encoding="utf-8")
    assert_fault(mill, "plant.toml", 1, "no equipment is declared", "add at least one [[equipment]]")
    assert_fault(mill, "parameters.csv", 2, "unknown equipment 'stand'", "declare it first")


def test_a_folder_that_is_not_there_is_empty_or_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name, problem in (("none", "does not exist"), ("empty", "is empty"), ("file", "is a file, not a folder")):
        plant, faults = read_plant(tmp_path / name)
        assert plant is None
        assert len(faults) == 1
        assert problem in faults[0].problem


def test_plant_toml_in_another_encoding_names_the_line(spoil: Spoil) -> None:
    root = spoil("plant.toml", 'name = "Line"', 'name = "Straße"')
    text = (root / "plant.toml").read_text(encoding="utf-8")
    (root / "plant.toml").write_bytes(text.encode("latin-1"))
    assert_fault(root, "plant.toml", 17, "expected UTF-8 text, got the byte 0xdf", "save the file")


def test_plant_toml_with_a_byte_order_mark_and_windows_line_ends_is_read(mill: Path) -> None:
    plain = load_plant(mill)
    text = (mill / "plant.toml").read_text(encoding="utf-8")
    (mill / "plant.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_plant(mill) == plain


def test_load_plant_counts_the_faults_and_shows_the_first(spoil: Spoil) -> None:
    spoil("plant.toml", '"EUR"', '"EURO"')
    root = spoil("parameters.csv", "lever", "levre")
    with pytest.raises(
        ConfigError, match=r"cannot be used:\n  plant\.toml:7: .*\n  parameters\.csv:3: .*\n2 faults in all"
    ) as caught:
        load_plant(root)
    assert "pilothouse check" in caught.value.hint


def test_an_open_folder_gives_its_declaration_to_other_rooms(mill: Path) -> None:
    folder = PlantFolder.open(mill)
    assert [table.text("key") for table in folder.declaration.tables("kpi", [])] == ["yield"]
    assert folder.read()[0] == load_plant(mill)


def test_a_faulty_plant_still_has_every_key_to_check_by(spoil: Spoil) -> None:
    whole = load_plant(spoil("plant.toml", "schema = 1", "schema = 1 "))
    spoil("plant.toml", '"EUR"', '"EURO"')
    root = spoil("parameters.csv", "lever", "levre")
    plant, faults = read_for_checking(root)
    assert plant is not None
    assert faults == read_plant(root)[1]
    assert read_plant(root)[0] is None
    assert len(faults) == 2
    assert set(plant.parameters) == set(whole.parameters)
    assert [p.key for p in plant.parameters.values() if isinstance(p, UnsoundParameter)] != []
    assert {p.key: p.kind for p in plant.parameters.values()} == {p.key: p.kind for p in whole.parameters.values()}
    assert (plant.equipment, plant.materials) == (whole.equipment, whole.materials)


def test_every_line_of_parents_ends_also_in_a_faulty_plant(mill: Path) -> None:
    text = (mill / "plant.toml").read_text(encoding="utf-8")
    keys = list(load_plant(mill).equipment)
    loop = "".join(
        f'[[equipment]]\nkey = "{key}"\nlevel = "area"\nname = "Loop"\nparent = "{parent}"\n'
        for key, parent in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    (mill / "plant.toml").write_text(f"{text}\n{loop}", encoding="utf-8")
    plant, faults = read_for_checking(mill)
    assert faults
    assert plant is not None
    assert set(plant.equipment) == {*keys, "a", "b", "c"}
    assert all(plant.equipment_path(key).endswith(key) for key in plant.equipment)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    file=st.sampled_from(["plant.toml", "parameters.csv", "orders.csv"]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 20), st.binary(max_size=6)), min_size=1, max_size=4),
)
def test_a_damaged_file_is_read_or_refused_but_never_a_crash(
    mill: Path, file: str, cuts: list[tuple[float, int, bytes]]
) -> None:
    whole = (mill / file).read_bytes()
    content = whole
    for place, length, instead in cuts:
        at = int(place * len(content))
        content = content[:at] + instead + content[at + length :]
    (mill / file).write_bytes(content)
    try:
        plant, faults = read_plant(mill)
    finally:
        (mill / file).write_bytes(whole)
    assert (plant is None) == bool(faults)
    assert all(fault.line >= 1 and fault.problem and fault.remedy for fault in faults)
    last = content.replace(b"\r", b"\n").count(b"\n") + 1
    assert all(fault.line <= last for fault in faults if fault.file == file)
