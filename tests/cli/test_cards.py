def test_every_parameter_of_a_furnace_has_a_card(learnt, run):
    said = run("cards", learnt, "--as-of", "last", "--json").json
    rows = (learnt / "parameters.csv").read_text("utf-8").splitlines()[1:]
    assert [card["key"] for card in said["cards"]] == [row.split(",")[0] for row in rows if row]
    assert {unit["unit"] for unit in said["units"]}


def test_one_card_says_everything_in_words(learnt, run):
    said = run("cards", learnt, "--parameter", "temperature", "--as-of", "last")
    assert said.code == 0
    for word in ("owner", "limits", "live value", "expected", "capability", "drift", "criticality"):
        assert word in said.out
    assert "no virtual test is declared" in said.out


def test_all_cards_are_summed_up(learnt, run):
    said = run("cards", learnt)
    assert said.code == 0
    assert " cards: " in said.out


def test_an_unknown_parameter_is_named(learnt, run):
    said = run("cards", learnt, "--parameter", "temprature", "--json")
    assert said.json["code"] == "data.unknown-parameter"
    assert "temperature" in said.json["hint"]


def test_before_anything_was_known_there_is_no_card(learnt, run):
    said = run("cards", learnt, "--as-of", "1999-01-01T00:00:00Z", "--json")
    assert said.json["ok"] is False
    assert "nothing was known" in said.json["message"]


def test_without_a_watch_no_sensor_is_judged(learnt, run):
    assert run("sensors", learnt, "--json").json == {"sensors": []}
    assert "[[sensor_watch]]" in run("sensors", learnt).out
