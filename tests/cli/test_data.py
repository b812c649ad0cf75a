"""`import`: counts, the same twice, and bad files of several kinds."""

import pytest

COUNTS = {"rows", "new", "unchanged", "corrected", "rows_empty", "rows_rejected", "rejects", "values_out_of_range"}

DESCENT = """
[[material]]
key = "bramme"
name = "Bramme"

[[material]]
key = "blech"
name = "Blech"
made_from = ["bramme"]

[[genealogy]]
key = "abstammung"
file = "abstammung.csv"
child_material = "blech"
child = "Band"
parent = "Bramme"
start = "von"
end = "bis"
"""


@pytest.fixture
def empty_line(tmp_path, coating_line):
    """A line without a record, and files of thirty coils beside it."""
    root = coating_line.folder(tmp_path / "line")
    return root, coating_line.files(tmp_path / "files", coating_line.coils(30))


def test_counts(run, empty_line, coating_line):
    root, files = empty_line
    coils = coating_line.coils(30)
    told = run("import", root, files, "--json")
    assert told.code == 0
    said = told.json
    assert set(said) == {"ok", "imports", "genealogies", "failures", "settled"}
    assert said["ok"] is True
    assert said["failures"] == []
    assert list(said["imports"]) == ["auflage", "kanal", "trockner"]
    assert set(said["imports"]["auflage"]) == {*COUNTS, "files", "reject_file", "notes"}
    readings = sum(len(coil.readings) for coil in coils)
    assert said["imports"]["auflage"]["rows"] == said["imports"]["auflage"]["new"] == readings
    assert said["imports"]["kanal"]["new"] == sum(1 + len(coil.doses) for coil in coils)
    assert said["imports"]["trockner"]["new"] == sum(len(coil.drying) for coil in coils)


def test_twice_changes_nothing(run, empty_line):
    root, files = empty_line
    first = run("import", root, files, "--json").json["imports"]
    again = run("import", root, files, "--json").json["imports"]
    for key, counts in again.items():
        assert counts["new"] == counts["corrected"] == 0
        assert counts["unchanged"] == first[key]["new"]


def test_people_see_the_counts_whole(run, empty_line):
    root, files = empty_line
    said = run("import", root, files)
    assert said.code == 0
    assert all(word in said.out for word in ("auflage", "kanal", "trockner", "corrected", "rejected", "not credible"))
    assert "…" not in said.out


def test_a_missing_folder(run, empty_line):
    root, files = empty_line
    said = run("import", root, files / "none", "--json")
    assert said.code == 6
    assert said.json["code"] == "source"


def test_garbage_among_good_rows_goes_to_the_reject_file(run, empty_line):
    root, files = empty_line
    dryer = files / "Trockner.csv"
    good = dryer.read_text(encoding="utf-8").splitlines()
    rows = [*good[:5], "B-0001,gestern,heute,0.1", *good[5:], "B-0002,27.03.2026 20:00:00,27.03.2026 20:01:00,viel"]
    dryer.write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = run("import", root, files, "--json")
    counts = said.json["imports"]["trockner"]
    assert said.code == 0
    assert counts["new"] == len(good) - 1
    assert counts["rows_rejected"] == 2
    rejected = (root / "rejects" / "trockner.csv").read_text(encoding="utf-8")
    assert counts["reject_file"] == str(root / "rejects" / "trockner.csv")
    assert "gestern" in rejected
    assert "viel" in rejected
    assert "rejects" in run("import", root, files).out


@pytest.mark.parametrize("name", ["Messungen.xlsx", "Trockner.csv"])
def test_a_file_that_is_garbage_fails_and_the_others_come_in(run, empty_line, name):
    root, files = empty_line
    (files / name).write_bytes(bytes(range(256)) * 40)
    said = run("import", root, files, "--json")
    assert said.code == 6
    assert said.json["ok"] is False
    assert set(said.json["failures"][0]) == {"ok", "code", "message", "hint", "context"}
    assert said.json["imports"]["kanal"]["new"] > 0
    for_people = run("import", root, files)
    assert for_people.code == 6
    assert "not imported" in for_people.err


def test_a_missing_file_and_a_missing_column_are_told(run, empty_line):
    root, files = empty_line
    (files / "Messungen.xlsx").unlink()
    dryer = files / "Trockner.csv"
    dryer.write_text(dryer.read_text(encoding="utf-8").replace("Energie", "Enrgie"), encoding="utf-8")
    failures = run("import", root, files, "--json").json["failures"]
    told = " ".join(failure["message"] + failure["hint"] for failure in failures)
    assert len(failures) == 2
    assert "Messungen.xlsx" in told
    assert "Enrgie" in told


def test_a_correction_is_counted(run, empty_line):
    root, files = empty_line
    run("import", root, files)
    dryer = files / "Trockner.csv"
    rows = dryer.read_text(encoding="utf-8").splitlines()
    rows[1] = rows[1].rsplit(",", 1)[0] + ",0.5"
    dryer.write_text("\n".join(rows) + "\n", encoding="utf-8")
    counts = run("import", root, files, "--json").json["imports"]["trockner"]
    assert counts["corrected"] == 1
    assert counts["new"] == 0


def test_who_came_of_whom_is_counted_beside_them(run, empty_line):
    root, files = empty_line
    toml = (root / "plant.toml").read_text(encoding="utf-8")
    toml = toml.replace("[[scenario]]", f"{DESCENT}\n[[scenario]]", 1)
    (root / "plant.toml").write_text(toml, encoding="utf-8")
    rows = ["B-0001,S-1,0,9", "B-0002,S-1,9,18", "B-0003,S-1,18,9", "B-9999,S-2,0,9", ""]
    (files / "abstammung.csv").write_text("\n".join(["Band,Bramme,von,bis", *rows]), encoding="utf-8")
    told = run("import", root, files, "--json").json["genealogies"]["abstammung"]
    assert [told[key] for key in ("rows", "new", "rows_rejected", "rows_waiting")] == [4, 2, 1, 1]
    assert told["reject_file"].endswith("abstammung.csv")
    said = run("import", root, files)
    assert all(
        text in said.out for text in ("Who came of whom", "abstammung", "waiting", "rows that wait: 1", "rejected")
    )


def test_a_plant_without_imports(run, tmp_path, coating_line):
    root = coating_line.folder(tmp_path / "line")
    toml = (root / "plant.toml").read_text(encoding="utf-8")
    start, end = toml.index("[[import]]"), toml.index("[[scenario]]")
    (root / "plant.toml").write_text(toml[:start] + toml[end:], encoding="utf-8")
    assert run("import", root, tmp_path, "--json").code == 3
