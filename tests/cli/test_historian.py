"""`historian`: values to and from files, and whether what is stored is whole."""

from pathlib import Path

import pytest

from pilothouse.hub.live_tier import open_series
from pilothouse.hub.workspace import open_workspace
from pilothouse.testing.series import batch

PLANT = """\
schema = 1

[plant]
key = "small"
name = "A small plant"
time_zone = "Europe/Berlin"
currency = "EUR"

[[equipment]]
key = "works"
name = "Works"
level = "site"

[[equipment]]
key = "lf1"
name = "Furnace"
level = "work_unit"
parent = "works"
"""
PARAMETERS = "key,name,unit,role,equipment,formerly\nt,T,degC,measured,lf1,temp\np,P,kW,measured,lf1,\n"
AT = 1_795_514_400_000_000_000


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    root = tmp_path / "small"
    root.mkdir()
    (root / "plant.toml").write_text(PLANT)
    (root / "parameters.csv").write_text(PARAMETERS)
    return root


def test_values_go_out_and_come_in(run, plant: Path, tmp_path: Path) -> None:
    with open_series(open_workspace(plant)) as series:
        series.write([batch(("t", AT, 1571.3), ("p", AT, 5.0), received_ns=AT + 1)])
    file = tmp_path / "out.csv"
    said = run("historian", "export", plant, file, "--parameters", "t", "--from", "2026-11-24T11:00:00", "--json")
    assert said.json == {"ok": True, "file": str(file), "rows": 1}
    assert file.read_text() == f"time_ns,known_ns,t\n{AT},{AT + 1},1571.3\n"
    assert run("historian", "export", plant, tmp_path / "long.parquet", "--long").out.endswith("2 rows\n")
    file.write_text(file.read_text() + f"{AT + 5},{AT + 6},2.5\nsoon,,3\n")
    told = run("historian", "import", plant, file, "--json").json
    assert (told["values"], told["new"], told["repeated"], told["rejected"]) == (3, 1, 1, 1)
    assert "expected an instant" in Path(told["reject_file"]).read_text()
    assert "what was rejected, and why" in run("historian", "import", plant, file).out


def test_both_tiers_are_verified(run, plant: Path) -> None:
    assert run("historian", "verify", plant, "--json").json == {"ok": True, "pieces": [], "live": []}
    with open_series(open_workspace(plant)) as series:
        series.write([batch(("t", AT, 1571.3))])
        series._sealer().seal_hours(2**62)
        assert "is whole" in run("historian", "verify", plant).out
    (segment,) = (plant / "store" / "series" / "values").rglob("*.parquet")
    segment.write_bytes(segment.read_bytes()[:-9])
    said = run("historian", "verify", plant, "--json")
    assert said.code == 7
    assert "not what was sealed" in said.json["live"][0]
    assert "1 fault(s)" in run("historian", "verify", plant).out


def test_errors_have_their_exit_codes(run, plant: Path, tmp_path: Path) -> None:
    assert run("historian", "export", plant, tmp_path / "out.csv").code == 7
    with open_series(open_workspace(plant)):
        assert run("historian", "import", plant, tmp_path / "none.csv").code == 7
        assert run("historian", "export", plant, tmp_path / "out.csv", "--parameters", "x").code == 4
        assert run("historian", "export", plant, tmp_path / "out.xml").code == 6
    assert run("historian", "import", plant, tmp_path / "none.csv").code == 6
