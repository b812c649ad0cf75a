"""Small files are there whole or not at all."""

from pathlib import Path

import pytest

from pilothouse.connect.whole import write_whole


def test_a_file_is_made_with_its_folder_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "connections" / "lims.json"
    write_whole(path, "first")
    write_whole(path, "second")
    assert path.read_text() == "second"
    assert [p.name for p in path.parent.iterdir()] == ["lims.json"]


def test_what_was_there_stays_where_the_new_cannot_be_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lims.json"
    write_whole(path, "first")

    def refuse(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="full"):
        write_whole(path, "second")
    assert path.read_text() == "first"
