"""The tutorial is followed to the letter: its files written, its commands run, its proposal decided."""

import re
from pathlib import Path

import pytest

from pilothouse.cli import main
from pilothouse.decision.event import Event
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving_ground import family, raise_plant


def run(words, capsys):
    """The exit code and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code or 0, capsys.readouterr().out


@pytest.fixture
def followed(root, blocks, tmp_path, monkeypatch, capsys):
    """The tutorial's commands with what they said; in the folder it leaves behind."""
    monkeypatch.chdir(tmp_path)
    page = root / "docs" / "tutorial" / "first-plant.md"
    [parameters], tomls = blocks(page, "csv"), blocks(page, "toml")
    (tmp_path / "furnace").mkdir()
    (tmp_path / "furnace" / "parameters.csv").write_text(parameters, encoding="utf-8")
    (tmp_path / "furnace" / "plant.toml").write_text("\n".join(tomls), encoding="utf-8")
    (tmp_path / "furnace" / "physics.py").write_text(blocks(page, "python")[0], encoding="utf-8")
    said, key = [], "KEY"
    for line in "".join(blocks(page, "sh")).splitlines():
        words = line.replace("KEY", key).split()[1:]
        if words[0] == "demo":  # what it does is tested elsewhere: here only its files are used
            pieces = int(words[words.index("--pieces") + 1])
            raise_plant(
                family("ladle-furnace"),
                tmp_path / "pilothouse-demo",
                seed=1,
                plant_variation=0,
                practice="",
                pieces=pieces,
            )
            continue
        code, text = run(words, capsys)
        assert code == 0, f"{line}: {text}"
        said.append((words, text))
        if words[0] == "advise":
            key = re.search(r"proposal\s+(p[0-9a-f]{12})", text)[1]
    return said


def test_the_tutorial(followed, root):
    by_command = {words[0] if words[0] != "ledger" else words[1]: text for words, text in followed}
    assert "no fault" in by_command["check"]
    assert "plain LightGBM" in by_command["prove"]
    shown = (root / "docs" / "tutorial" / "first-plant.md").read_text(encoding="utf-8")
    for word in ("free between", "usual practice", "forecast", "chance", "else"):
        assert word in by_command["advise"], word
        assert word in shown
    assert "accepted by ana" in by_command["decide"]
    assert "model-based estimate" in by_command["show"]
    assert "the chain holds" in by_command["verify"]
    assert "the same, byte for byte" in by_command["replay"]
    every_event_is_as_the_reference_says(root)


def every_event_is_as_the_reference_says(root):
    page = (root / "docs" / "reference" / "ledger-events.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page, flags=re.MULTILINE | re.DOTALL))
    with Hub.open(Path("furnace")) as hub:
        events: tuple[Event, ...] = hub.ledger.read()
    kinds = {event.kind for event in events}
    assert kinds == {"learnt", "proved", "authority", "proposed", "checked", "decided", "came_out", "worth"}
    for event in events:
        if event.kind == "proved":  # its payload is what `prove --json` says
            commands = (root / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
            figures = {key for task in event.payload.values() if isinstance(task, dict) for key in task}
            assert "hit_rate_10k" in figures
            assert [key for key in figures if f"`{key}`" not in commands] == []
        else:
            unknown = [key for key in event.payload if f"`{key}`" not in sections[event.kind]]
            assert unknown == [], event.kind
