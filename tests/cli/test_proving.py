"""`prove`: forward in time, our figures beside the peers', and what they do to the authority."""

import re
import shutil
from pathlib import Path

import pytest

TASK = {"n", "unit", "mae", "coverage", "coverage_nominal", "coverage_fifths", "mean_width", "abstained", "peers"}
PEERS = {"mean", "last piece", "ridge", "plain LightGBM", "LightGBM on the change"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """Where workspaces of families are made, so that nothing is left behind."""
    return tmp_path_factory.mktemp("ground")


def test_the_figures_of_the_furnace(run, furnaces):
    """As the session fixture proved it; the ledger has the same figures as the command printed."""
    (proved,) = run("ledger", "show", furnaces.proved, "--kind", "proved", "--json").json
    figures = proved["payload"]
    assert {"at_arrival", "before_last", "advice", "seconds"} <= set(figures)
    for key in ("at_arrival", "before_last"):
        task = figures[key]
        assert set(task) >= TASK
        assert "hit_rate_10k" in task
        assert task["unit"] == "K"
        assert set(task["peers"]) == PEERS
        assert all(peer["mae"] > 0.0 for peer in task["peers"].values())
        assert task["n"] > 100
        assert 0.8 < task["coverage"] <= 1.0
        assert len(task["coverage_fifths"]) == 5
        assert 0.0 <= task["abstained"] < 0.2
        assert task["mae"] < min(task["peers"]["mean"]["mae"], task["peers"]["last piece"]["mae"])
    assert figures["advice"]["peers"] == {}
    assert figures["subjects"] == figures["at_arrival"]["n"]


def test_the_live_model_is_used_where_it_is_of_that_instant(run, furnaces):
    told = {event["kind"]: event["payload"] for event in run("ledger", "show", furnaces.proved, "--json").json}
    assert told["proved"]["models"] == [told["learnt"]["version"]]


def test_another_seed_is_another_model(run, line):
    run("prove", line.root, "--from-fraction", "0.6", "--every", "200", "--seed", "2", "--json")
    *_, proved = run("ledger", "show", line.root, "--kind", "proved", "--json").json
    (learnt,) = run("ledger", "show", line.root, "--kind", "learnt", "--json").json
    assert proved["payload"]["models"] != [learnt["payload"]["version"]]


def test_authority_rises_with_its_reasons(run, furnaces):
    (moved,) = run("ledger", "show", furnaces.proved, "--kind", "authority", "--json").json
    assert (moved["payload"]["before"], moved["payload"]["after"]) == ("observe", "advise")
    assert moved["payload"]["reasons"] == ["all that advise needs is shown"]
    assert not run("ledger", "show", furnaces.learnt, "--kind", "authority", "--json").json


def test_the_same_again_gives_the_same(run, line):
    """But for the seconds and the report, to the last digit."""
    told = []
    for _ in range(2):
        said = run("prove", line.root, "--from-fraction", "0.6", "--every", "70", "--json").json
        assert Path(said.pop("report")).is_file()
        assert said.pop("seconds") > 0
        told.append(said)
    assert told[0] == told[1]
    assert told[0]["authority"] == "advise"


def test_peers_stand_for_people_from_the_best_on(run, line):
    said = run("prove", line.root, "--from-fraction", "0.7", "--every", "200")
    assert said.code == 0
    names = "|".join(("Pilothouse", *PEERS))
    rows = re.findall(rf"^ *({names}) +(\d+\.\d+)", said.out, re.MULTILINE)
    figures = [float(error) for name, error in rows if name != "Pilothouse"]
    assert [name for name, _ in rows].count("Pilothouse") == 2  # of the task and of the advice
    assert len(figures) == len(PEERS)
    assert figures == sorted(figures)
    assert "90% interval holds" in said.out
    report = Path(said.out.rsplit("Report: ", 1)[1].strip())
    assert report.is_file()
    assert report.parent == line.root / "reports"


@pytest.mark.parametrize("fraction", ["0", "1"])
def test_both_sides_need_pieces(run, line, fraction):
    said = run("prove", line.root, "--from-fraction", fraction, "--json")
    assert said.code == 4
    assert "--from-fraction" in said.json["hint"]


def test_too_little_to_learn_from(run, line):
    said = run("prove", line.root, "--from-fraction", "0.01", "--json")
    assert said.code == 5
    assert said.json["code"] == "model.not-fitted"


def test_nothing_recorded(run, tmp_path, coating_line):
    assert run("prove", coating_line.folder(tmp_path / "line"), "--json").code == 4


def test_a_family_instead_of_a_folder(run, ground, monkeypatch):
    monkeypatch.setattr("pilothouse.cli.proving.mkdtemp", lambda prefix: str(ground / prefix))
    said = run(
        "prove", "ladle-furnace", "--pieces", "240", "--from-fraction", "0.8", "--plant-variation", "2", "--json"
    ).json
    assert said["at_arrival"]["n"] == said["before_last"]["n"] > 40
    assert said["plant"]
    assert all(set(figure) == {"value", "unit"} for figure in said["plant"].values())
    assert Path(said["report"]).is_file()
    assert said["authority"] == "observe"  # too few results for a step up
    shutil.rmtree(ground)


def test_an_unknown_practice(run):
    said = run("prove", "ladle-furnace", "--practice", "usuall", "--json")
    assert said.code == 3
    assert said.json["hint"] == "use usual"


def test_where_it_is_done_is_for_packs(run, tmp_path):
    said = run("prove", tmp_path, "--compute", "local:2")
    assert said.code == 2
    assert "--compute is for --pack" in " ".join(said.err.split())
