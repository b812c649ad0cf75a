"""`advise` and `decide`: what is asked, what is shown, and what a person may say."""

import re

import pytest

from pilothouse.clock import format_instant


@pytest.fixture
def later(line):
    """A coil that came after the line had learnt."""
    return line.later[20]


@pytest.fixture
def proposed(run, line, later):
    """A proposal that may be decided, as JSON."""
    said = run("advise", line.root, later.key, "--as-of", "first", "--json").json
    assert said["proposal"]["ending"] == "optimal"
    assert said["authority"] == "advise"
    return said


@pytest.fixture
def decide(run, line, proposed):
    """Decide it, a minute after it was made unless said otherwise."""
    at = format_instant(proposed["proposal"]["as_of_ns"] + 60 * 10**9)

    def command(answer, *more, at=at):
        return run("decide", line.root, proposed["key"], answer, "--by", "ana", "--at", at, *more, "--json")

    return command


def events(run, line, key):
    return [(e["kind"], e["payload"]) for e in run("ledger", "show", line.root, key, "--json").json]


# ---- advise ----------------------------------------------------------------------------------------------------------


def test_the_instants_that_may_be_asked_about(run, line):
    coil = next(coil for coil in line.later if len(coil.readings) >= 3)
    asked = {"first": 0, "1": 0, "2": 1, "last": -1}
    for text, place in asked.items():
        said = run("advise", line.root, coil.key, "--as-of", text, "--json").json
        assert said["proposal"]["as_of_ns"] == coil.readings[place][0]
    instant = format_instant(coil.readings[1][0] + 5 * 10**9, "Europe/Berlin")
    by_instant = run("advise", line.root, coil.key, "--as-of", instant, "--json").json
    assert by_instant["proposal"]["as_of_ns"] == coil.readings[1][0] + 5 * 10**9
    local = instant.rpartition("+")[0]
    assert run("advise", line.root, coil.key, "--as-of", local, "--json").json["key"] == by_instant["key"]


def test_now_is_long_after_the_last_measurement(run, line, later):
    said = run("advise", line.root, later.key, "--json")
    assert said.code == 0
    assert said.json["proposal"]["ending"] == "abstain"
    for_people = run("advise", line.root, later.key)
    assert "abstain" in for_people.out
    assert said.json["proposal"]["why"][0] in for_people.out


def test_an_hour_after_the_last_measurement_it_is_too_old(run, line, later):
    instant = format_instant(later.readings[-1][0] + 3600 * 10**9)
    said = run("advise", line.root, later.key, "--as-of", instant, "--json")
    assert said.json["proposal"]["why"] == ["the latest measurement is 60 min old, more than 20 min"]


@pytest.mark.parametrize("as_of", ["now", "first", "last", "3", "2026-03-31"])
def test_an_unknown_piece(run, line, as_of):
    said = run("advise", line.root, "B-9999", "--as-of", as_of, "--json")
    assert said.code == 4
    assert "B-9999" in said.json["message"]


@pytest.mark.parametrize("as_of", ["0", "99", "²", "soon", "-1", ""])
def test_a_moment_that_is_none(run, line, later, as_of):
    said = run("advise", line.root, later.key, "--as-of", as_of, "--json")
    assert said.code == 4
    assert repr(as_of) in said.json["message"]


def test_a_wish_moves_the_advice(run, line, later, proposed):
    more = run("advise", line.root, later.key, "--as-of", "first", "--wish", "target=123", "--json").json
    assert more["proposal"]["aim"]["low"] == 119.0
    assert more["proposal"]["change"]["cost"] > proposed["proposal"]["change"]["cost"]
    surer = run("advise", line.root, later.key, "--as-of", "first", "--wish", "probability=0.95", "--json").json
    assert surer["proposal"]["ending"] == "infeasible" or surer["proposal"]["probability"] >= 0.95


@pytest.mark.parametrize("wish", ["tolerance=-4", "tolerance=0", "probability=2", "probability=0", "target=1e400"])
def test_a_wish_without_sense(run, line, later, wish):
    said = run("advise", line.root, later.key, "--as-of", "first", "--wish", wish, "--json")
    assert said.code in {2, 4}
    assert "Traceback" not in said.err


def test_an_unknown_wish_has_a_nearest_match(run, line, later):
    said = run("advise", line.root, later.key, "--as-of", "first", "--wish", "tolerence=3", "--json")
    assert said.code == 4
    assert said.json["hint"] == "use tolerance"


def test_what_cannot_be_reached_says_what_binds(run, line, later):
    said = run("advise", line.root, later.key, "--as-of", "first", "--wish", "target=250", "--json").json
    assert said["proposal"]["ending"] == "infeasible"
    assert said["proposal"]["change"] is None
    assert said["worth"]["basis"] == "not measurable"
    for_people = run("advise", line.root, later.key, "--as-of", "first", "--wish", "target=250").out
    assert "infeasible" in for_people
    assert "binds" in for_people
    assert said["key"] in for_people


def test_people_see_unit_interval_coverage_and_instant(run, line, later, proposed):
    out = run("advise", line.root, later.key, "--as-of", "first").out
    assert proposed["proposal"]["forecast"]["coverage"] == 0.9
    assert f"as known on {format_instant(later.readings[0][0], 'Europe/Berlin')}" in out
    assert re.search(r"forecast +1\d\d(\.\d)? g/m2, 90% interval 1\d\d(\.\d)? to 1\d\d(\.\d)? g/m2", out)
    assert "to end within 116 to 124 g/m2 if nobody corrects later; asked 80%" in out
    assert "valid until" in out
    assert "model-based estimate" in out


def test_json_carries_everything_shown(run, line, later, proposed):
    out = run("advise", line.root, later.key, "--as-of", "first").out
    proposal = proposed["proposal"]
    assert proposed["key"] in out
    for point in proposal["change"]["points"]:
        assert point["name"] in out  # also where it has brackets
        assert point["unit"] in out
    for reason in proposal["reasons"]:
        assert reason["what"] in out
    assert proposed["worth"]["formula"] in out
    assert proposed["worth"]["basis"] in out
    assert f"{proposal['probability']:.0%} to end" in out
    assert f"with {proposal['baseline']['probability']:.0%}" in out
    assert {"model", "data", "upto", "seed", "valid_until_ns"} <= set(proposal)


def test_the_same_question_is_the_same_proposal(run, line, later, proposed):
    again = run("advise", line.root, later.key, "--as-of", "first", "--json").json
    assert again == proposed
    assert [kind for kind, _ in events(run, line, proposed["key"])] == ["proposed", "checked"]


def test_a_piece_that_was_learnt_from_is_said_to_be_hindsight(run, line, later, proposed):
    assert proposed["is_hindsight"] is False
    early = run("advise", line.root, line.coils[100].key, "--as-of", "first", "--json").json
    assert early["is_hindsight"] is True
    assert "in hindsight" in run("advise", line.root, line.coils[100].key, "--as-of", "first").out
    assert "in hindsight" not in run("advise", line.root, later.key, "--as-of", "first").out


def test_a_newer_model_does_not_answer_for_the_past(run, line, later, proposed):
    """The model that had learnt nothing later than the instant answers, though it is no longer the live one."""
    newer = run("learn", line.root, "--json").json["version"]
    again = run("advise", line.root, later.key, "--as-of", "first", "--json").json
    assert again["proposal"]["model"] == proposed["proposal"]["model"] != newer
    assert again["key"] == proposed["key"]


# ---- decide ----------------------------------------------------------------------------------------------------------


def test_accept(run, line, proposed, decide):
    assert decide("accept").json == {"ok": True, "proposal": proposed["key"], "status": "accepted"}
    kind, payload = events(run, line, proposed["key"])[-1]
    points = proposed["proposal"]["change"]["points"]
    assert kind == "decided"
    decided_ns = payload.pop("decided_ns")
    assert proposed["proposal"]["as_of_ns"] <= decided_ns <= proposed["proposal"]["valid_until_ns"]
    assert payload == {"verdict": "accepted", "reason": "", "values": {p["lever"]: p["value"] for p in points}}


def test_people_are_told_who_decided(run, line, proposed):
    at = format_instant(proposed["proposal"]["as_of_ns"])
    said = run("decide", line.root, proposed["key"], "accept", "--by", "[ana]", "--at", at)
    assert said.out == f"{proposed['key']}: accepted by [ana]\n"


def test_an_edit_inside_the_range(run, line, proposed, decide):
    """What is not edited stays as it was proposed."""
    primer, drying = proposed["proposal"]["change"]["points"]
    assert decide("edit", "--set", f"primer={primer['high']!r}").json["status"] == "edited"
    values = events(run, line, proposed["key"])[-1][1]["values"]
    assert values == {"primer": primer["high"], "drying": drying["value"]}


def test_an_edit_outside_the_range_needs_a_reason(run, line, proposed, decide):
    outside = proposed["proposal"]["change"]["points"][0]["high"] + 1.0
    refused = decide("edit", "--set", f"primer={outside}")
    assert refused.code == 8
    assert refused.json["code"] == "decision.limit"
    assert "--reason" in refused.json["hint"]
    assert decide("edit", "--set", f"primer={outside}", "--reason", "  ").code == 8
    assert decide("edit", "--set", f"primer={outside}", "--reason", "thick strip").json["status"] == "edited"
    assert events(run, line, proposed["key"])[-1][1]["reason"] == "thick strip"


@pytest.mark.parametrize("value", ["-1", "31", "1e9"])
def test_a_hard_limit_never(run, line, proposed, decide, value):
    said = decide("edit", "--set", f"primer={value}", "--reason", "I know better")
    assert said.code == 8
    assert said.json["code"] == "decision.limit"
    assert "Pumpe 1" in said.json["message"]
    assert [kind for kind, _ in events(run, line, proposed["key"])] == ["proposed", "checked"]


def test_only_an_edit_sets_values(run, line, proposed, decide):
    """Nothing gets past the limits under the word accept."""
    for answer in ("accept", "refuse"):
        said = decide(answer, "--set", "primer=31", "--reason", "so")
        assert said.code == 8
        assert said.json["code"] == "decision.illegal-move"
    assert [kind for kind, _ in events(run, line, proposed["key"])] == ["proposed", "checked"]


def test_an_edit_names_values_of_known_levers(decide):
    assert decide("edit").code == 8
    unknown = decide("edit", "--set", "primr=10", "--reason", "so")
    assert unknown.code == 8
    assert unknown.json["hint"] == "use primer"


def test_a_refusal_needs_a_reason(decide):
    assert "--reason" in decide("refuse").json["hint"]
    assert decide("refuse", "--reason", " ").code == 8
    assert decide("refuse", "--reason", "strip is wet").json["status"] == "refused"


def test_somebody_decides(run, line, proposed):
    assert run("decide", line.root, proposed["key"], "accept", "--by", " ", "--json").code == 8


def test_who_agreed_may_still_refuse_before_it_is_carried_out(decide):
    assert decide("accept").code == 0
    said = decide("refuse", "--reason", "the coil is wet")
    assert (said.code, said.json["status"]) == (0, "refused")


def test_twice_is_illegal(decide):
    assert decide("accept").code == 0
    said = decide("accept", "--reason", "so")
    assert said.code == 8
    assert said.json["code"] == "decision.illegal-move"
    assert "it is accepted" in said.json["hint"]


def test_too_late_is_refused_and_burns_nothing(run, line, proposed, decide):
    late = format_instant(proposed["proposal"]["valid_until_ns"] + 60 * 10**9)
    said = decide("accept", at=late)
    assert said.code == 8
    assert said.json["code"] == "decision.expired"
    assert events(run, line, proposed["key"])[-1][0] == "checked"
    assert decide("accept").json["status"] == "accepted"


def test_now_is_when_it_is_decided_unless_said_otherwise(run, line, proposed):
    said = run("decide", line.root, proposed["key"], "accept", "--by", "ana", "--json")
    assert said.json["code"] == "decision.expired"


def test_nothing_is_decided_before_it_was_made(run, line, proposed, decide):
    said = decide("accept", at=format_instant(proposed["proposal"]["as_of_ns"] - 10**9))
    assert said.code == 8
    assert said.json["code"] == "decision.illegal-move"


def test_what_has_no_change_cannot_be_accepted(run, line, later):
    infeasible = run("advise", line.root, later.key, "--as-of", "first", "--wish", "target=250", "--json").json
    at = format_instant(later.readings[0][0])
    given = ("decide", line.root, infeasible["key"])
    assert run(*given, "accept", "--by", "ana", "--at", at, "--json").json["code"] == "decision.illegal-move"
    assert run(*given, "refuse", "--by", "ana", "--at", at, "--reason", "so", "--json").json["status"] == "refused"


# ---- the furnace -----------------------------------------------------------------------------------------------------


def test_a_furnace_that_only_observes_gives_no_advice(run, learnt):
    piece = "H00350"
    said = run("advise", learnt, piece, "--as-of", "2", "--json").json
    assert said["authority"] == "observe"
    assert "observed only, not advice yet" in run("advise", learnt, piece, "--as-of", "2").out
    at = format_instant(said["proposal"]["as_of_ns"])
    refused = run("decide", learnt, said["key"], "accept", "--by", "ana", "--at", at, "--json")
    assert refused.code == 8
    assert refused.json["code"] == "decision.not-approved"
    assert "pilothouse prove" in refused.json["hint"]


def test_a_furnace_that_may_advise(run, proved):
    said = run("advise", proved, "H00350", "--as-of", "2", "--json").json
    assert said["authority"] == "advise"
    point = said["proposal"]["change"]["points"][0]
    assert 0.0 <= point["low"] <= point["value"] <= point["high"] <= 8000.0
    at = format_instant(said["proposal"]["as_of_ns"])
    assert run("decide", proved, said["key"], "accept", "--by", "ana", "--at", at, "--json").code == 0
