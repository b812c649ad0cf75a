"""Which files of a folder are whole."""

import os
from pathlib import Path

import pytest

from pilothouse.connect.drop.folder import WatchedFolder, read_known, write_known
from pilothouse.errors import SourceError


def watched(folder: Path) -> WatchedFolder:
    return WatchedFolder(folder=folder, pattern="*", settle_s=3.0)


def test_a_file_that_grows_waits_until_it_is_whole(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    file = tmp_path / "arc.csv"
    file.write_text("a")
    assert folder.settled(0.0) == {}
    file.write_text("ab")
    assert folder.settled(3.0) == {}
    assert folder.waiting == 1
    assert list(folder.settled(6.0)) == ["arc.csv"]


def test_a_file_is_told_until_it_is_known_and_again_when_it_changes(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    file = tmp_path / "arc.csv"
    file.write_text("a")
    folder.settled(0.0)
    whole = folder.settled(3.0)
    folder.known.update(whole)
    assert (folder.settled(6.0), folder.waiting) == ({}, 0)
    file.write_text("other")
    os.utime(file, ns=(5, 5))
    folder.settled(7.0)
    assert list(folder.settled(10.0)) == ["arc.csv"]


def test_what_programs_write_beside_is_not_looked_at(tmp_path: Path) -> None:
    for name in ("a.csv.part", "b.TMP", ".hidden.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "imported").mkdir()
    folder = watched(tmp_path)
    folder.settled(0.0)
    assert folder.settled(9.0) == {}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no folder"):
        watched(tmp_path / "none").settled(0.0)


def test_what_is_known_outlives_a_restart(tmp_path: Path) -> None:
    (tmp_path / "arc.csv").write_text("a")
    folder = watched(tmp_path)
    folder.settled(0.0)
    whole = folder.settled(3.0)
    write_known(tmp_path / "store" / "list.json", whole)
    assert read_known(tmp_path / "store" / "list.json") == whole
    (tmp_path / "store" / "list.json").write_text("[1]")
    with pytest.raises(SourceError, match="Delete it"):
        read_known(tmp_path / "store" / "list.json")
