"""`demo`: the whole loop by itself, in a folder of its own."""

import pytest


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Where the one demo of this module was made."""
    return tmp_path_factory.mktemp("demo") / "demo"


def test_it_ends_by_itself_with_figures_and_a_picture(run, shown):
    said = run("demo", "ladle-furnace", "--dir", shown, "--pieces", "300", "--headless", "--json")
    assert said.code == 0
    told = said.json
    assert told["observations"] > 3000
    for task in ("at_arrival", "before_last"):
        assert told[task]["mae"] < told[task]["peers"]["mean"]["mae"]
    assert told["seconds"] > 0
    assert (shown / "reports" / "demo.png").read_bytes().startswith(b"\x89PNG")
    assert str(shown) in told["report"]
    pieces = run("ledger", "show", shown, "--json").json
    assert {"learnt", "proved"} <= {event["kind"] for event in pieces}


def test_a_folder_that_holds_something_else_is_left_alone(run, tmp_path, line):
    """Also a workspace that looks much like a demo's: its ledger is nobody's to throw away."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    for folder in (mine, line.root):
        before = sorted(path for path in folder.rglob("*"))
        said = run("demo", "ladle-furnace", "--dir", folder, "--headless", "--json")
        assert said.code == 3
        assert "--dir" in said.json["hint"]
        assert sorted(path for path in folder.rglob("*")) == before


def test_a_file_in_the_way(run, tmp_path):
    (tmp_path / "demo").write_text("mine")
    assert run("demo", "ladle-furnace", "--dir", tmp_path / "demo", "--headless", "--json").code == 3
    assert (tmp_path / "demo").read_text() == "mine"


def test_an_earlier_demo_is_replaced(run, tmp_path, monkeypatch):
    """Seen by what is in the folder when the plant would be made; that one demo runs is shown above."""
    folder = tmp_path / "demo"
    seen = []

    class EnoughError(Exception):
        pass

    def stop(_family, root, **_more):
        seen.append(sorted(path.name for path in root.iterdir()))
        (root / "plant.toml").write_text("")
        (root / "files").mkdir()
        raise EnoughError

    monkeypatch.setattr("pilothouse.cli.demo.raise_plant", stop)
    for _ in range(2):
        with pytest.raises(EnoughError):
            run("demo", "ladle-furnace", "--dir", folder, "--headless")
    assert seen == [[".pilothouse-demo"]] * 2
