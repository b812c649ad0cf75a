"""A declaration is a TOML file with its lines, or one clear error."""

from pathlib import Path

import pytest

from pilothouse.errors import ConfigError, Fault
from pilothouse.plant.declaration import Declaration


def test_a_file_is_read_with_its_name_and_lines(tmp_path: Path) -> None:
    (tmp_path / "plant.toml").write_text('\n[plant]\nkey = "mill"\n', encoding="utf-8")
    table = Declaration.read(tmp_path / "plant.toml").table("plant", [])
    assert table is not None
    assert (table.file, table.line(), table.line("key"), table.text("key")) == ("plant.toml", 2, 3, "mill")


def test_tables_that_are_not_there_are_no_fault() -> None:
    faults: list[Fault] = []
    declaration = Declaration.parse("x = 1")
    assert declaration.table("plant", faults) is None
    assert declaration.tables("kpi", faults) == ()
    assert faults == []


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"a = 1\nb = 1,5\n", "2", "not valid TOML: Expected newline"),
        (b"a = 1\na = 2\n", "2", "not valid TOML: Cannot overwrite"),
        (b'a = 1\n\nb = "open\n', "3", "not valid TOML: Illegal character"),
        (b"a = 1\nb = [1,\n2,\n", "3", "not valid TOML"),
        (b"a = 1\nb = '\xe4'\n", "2", "expected UTF-8 text, got the byte 0xe4"),
        (b"\x00", "1", "not valid TOML"),
    ],
)
def test_what_is_not_toml_is_one_error_with_file_and_line(
    tmp_path: Path, content: bytes, line: str, problem: str
) -> None:
    (tmp_path / "plant.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Declaration.read(tmp_path / "plant.toml")
    assert caught.value.context == {"file": "plant.toml", "line": line}
    assert problem in caught.value.message
    assert caught.value.hint


def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plant\.toml is missing"):
        Declaration.read(tmp_path / "plant.toml")
    (tmp_path / "plant.toml").mkdir()
    with pytest.raises(ConfigError, match=r"plant\.toml cannot be read"):
        Declaration.read(tmp_path / "plant.toml")
