"""`init` and `check`."""

import pytest


def test_init_from_an_example(run, tmp_path):
    said = run("init", tmp_path / "lf", "--from", "ladle-furnace")
    assert said.code == 0
    assert "Next: pilothouse import" in said.out
    assert sorted(path.name for path in (tmp_path / "lf").iterdir()) == [
        "heat_balance.py",
        "parameters.csv",
        "plant.toml",
    ]
    assert run("check", tmp_path / "lf").code == 0


def test_init_from_a_path_takes_what_people_wrote_and_nothing_the_hub_kept(run, tmp_path, line):
    said = run("init", tmp_path / "twin", "--from", line.root, "--json")
    assert said.code == 0
    assert said.json["folder"] == str(tmp_path / "twin")
    assert "ladle-furnace" in said.json["examples"]
    names = {path.name for path in (tmp_path / "twin").iterdir()}
    assert {"plant.toml", "parameters.xlsx"} <= names
    assert not names & {"store", "rejects", "reports"}


def test_init_into_an_empty_folder_is_welcome(run, tmp_path):
    assert run("init", tmp_path, "--from", "ladle-furnace").code == 0


@pytest.mark.parametrize("taken", ["folder", "file"])
def test_init_overwrites_nothing(run, tmp_path, taken):
    place = tmp_path / "place"
    if taken == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "notes.txt").write_text("mine")
    said = run("init", place, "--from", "ladle-furnace", "--json")
    assert said.code == 3
    assert "choose a new folder" in said.json["hint"]
    kept = place if taken == "file" else place / "notes.txt"
    assert kept.read_text() == "mine"
    assert not (place / "plant.toml").exists()


def test_check_of_a_sound_folder_counts(run, tmp_path, coating_line):
    root = coating_line.folder(tmp_path / "line")
    said = run("check", root)
    assert said.code == 0
    assert "4 parameters, 4 pieces of equipment, 3 imports, 1 scenarios; no fault" in said.out
    assert run("check", root, "--json").json == {"ok": True, "faults": []}
    assert not (root / "store").exists()


FAULTS = {
    'time_zone = "Europe/Berlin"': 'time_zone = "Europe/Berlyn"',
    'parameter = "primer" }': 'parameter = "pimer" }',
    'unit = "MWh"': 'unit = "MW"',
    'feature = "drying.sum.ahead"': 'feature = "drying.sum.ahed"',
    'result = "coating"': 'result = "coatin"',
}


def test_check_prints_all_faults_with_file_line_and_remedy(run, tmp_path, coating_line):
    """One wrong word in each of several tables: each is told, in the order of the file."""
    root = coating_line.folder(tmp_path / "line", {k: v for k, v in FAULTS.items() if "zone" not in k})
    lines = (root / "plant.toml").read_text(encoding="utf-8").splitlines()
    said = run("check", root)
    assert said.code == 3
    assert "4 fault(s); nothing was loaded" in said.out
    for wrong in ("pimer", "MW", "drying.sum.ahed", "coatin"):
        told = next(row for row in said.out.splitlines() if f"'{wrong}'" in row)
        number = int(told.split(":")[1])
        assert told.startswith(f"plant.toml:{number}: ")
        assert wrong in lines[number - 1]
    assert "Use primer." in said.out
    told = run("check", root, "--json").json
    assert told["ok"] is False
    assert len(told["faults"]) == 4
    assert set(told["faults"][0]) == {"file", "line", "problem", "remedy"}


def test_check_tells_the_faults_of_every_layer_in_one_run(run, tmp_path):
    root = tmp_path / "lf"
    run("init", root, "--from", "ladle-furnace")
    wrong = {
        ("plant.toml", 'level = "work_unit"'): 'level = "work-unit"',
        ("plant.toml", 'parameter = "gas"'): 'parameter = "gaz"',
        ("plant.toml", 'take = ["until"]'): 'take = ["untill"]',
        ("parameters.csv", "temperature,degC,measured"): "temperature,degC,mesured",
    }
    for (file, sound), word in wrong.items():
        text = (root / file).read_text(encoding="utf-8")
        assert sound in text
        (root / file).write_text(text.replace(sound, word), encoding="utf-8")
    (root / "heat_balance.py").unlink()
    told = run("check", root, "--json")
    assert told.code == 3
    problems = [fault["problem"] for fault in told.json["faults"]]
    assert len(problems) == 5, problems
    for word in ("'work-unit'", "'gaz'", "'untill'", "'mesured'", "the mechanism's file is missing"):
        assert sum(word in problem for problem in problems) == 1
    places = [(fault["file"], fault["line"]) for fault in told.json["faults"]]
    assert places == sorted(places)


def test_what_the_plant_itself_lacks_is_told_first(run, tmp_path, coating_line):
    root = coating_line.folder(tmp_path / "line", {'time_zone = "Europe/Berlin"': 'time_zone = "Europe/Berlyn"'})
    said = run("check", root)
    assert said.code == 3
    assert "Europe/Berlyn" in said.out


def test_nothing_runs_on_a_faulty_folder(run, tmp_path, coating_line):
    root = coating_line.folder(tmp_path / "line", {'result = "coating"': 'result = "coatin"'})
    for command in (("import", root, tmp_path), ("learn", root), ("advise", root, "x"), ("prove", root)):
        said = run(*command, "--json")
        assert said.code == 3
        assert "pilothouse check" in said.json["hint"]
    assert not (root / "store").exists()
