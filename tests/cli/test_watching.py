"""`demo` beside a plant that can be watched: history, then every second, then what it came to."""

from pilothouse.clock import parse_instant
from pilothouse.hub.hub import Hub


def test_the_mill_is_watched_until_the_last_second(run, tmp_path):
    words = ("--pieces", "300", "--watch", "3", "--speed", "20", "--disturb", "fal-soak-pyrometer-drift")
    said = run("demo", "--dir", tmp_path / "demo", *words, "--headless", "--json")
    assert said.code == 0
    told = said.json
    assert told["parameters"] == 1080
    assert told["history"]["observations"] > 10_000
    assert told["live"]["seconds"] == 60
    assert told["live"]["values"] > 60 * 800
    assert told["live"]["disturbances"] == ["fal-soak-pyrometer-drift"]
    assert told["figures"]["defect_share"]["by_cause"].keys() >= {"loss", "scale"}
    with Hub.open(tmp_path / "demo") as hub:
        last = hub.historian.last(["FAL.line.soak_temp", "TEST.test.P15_50"])
    newest = dict(zip(last["parameter"].to_list(), last["known_ns"].to_list(), strict=True))
    assert newest["FAL.line.soak_temp"] == parse_instant(told["live"]["until"])
    assert newest["TEST.test.P15_50"] < newest["FAL.line.soak_temp"]


def test_an_unknown_disturbance_has_a_remedy(run, tmp_path):
    said = run("demo", "--dir", tmp_path / "demo", "--disturb", "fal-soak-pyrometer", "--headless", "--json")
    assert said.code == 3
    assert "fal-soak-pyrometer-drift" in said.json["hint"]


def test_an_unknown_family_has_a_remedy(run, tmp_path):
    said = run("demo", "silicon-mil", "--dir", tmp_path / "demo", "--headless", "--json")
    assert said.code == 3
    assert said.json["hint"] == "use silicon-mill"
    assert not (tmp_path / "demo").exists()
