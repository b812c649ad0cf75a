"""`prove FAMILY --pack`: a pack beside practices."""

import pytest

FIGURES = {
    "defect_share",
    "prime_t_per_h",
    "energy_kwh_per_t",
    "cost_eur_per_t",
    "stock_days",
    "lead_time_p50_d",
    "lead_time_p90_d",
}
SHORT = ("--seeds", "7,", "--plant-variations", "0,", "--months", "0.7", "--warm-up-days", "12")


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    return tmp_path_factory.mktemp("ledgers")


def test_the_whole_way_on_a_short_run(run, ledgers):
    """Too short to earn anything, and it says so; every figure is there, paired and per draw."""
    said = run("prove", "silicon-mill", "--pack", "steel", "--against", "usual", *SHORT, "--ledgers", ledgers, "--json")
    assert said.code == 0, said.err
    told = said.json
    assert told["draws"] == [{"seed": 7, "plant_variation": 0}]
    assert set(told["against"]) == {"usual"}
    assert set(told["against"]["usual"]) == FIGURES
    for change in told["against"]["usual"].values():
        assert change["per_draw"] == [change["change"]]
        assert change["low"] is None
        assert change["unit"] == "%"
    (helm,) = told["helm"]
    assert helm["authority"] == "observe"
    assert helm["pieces"]["steered"] == 0
    assert told["worth"]["verdict"] == "not shown"
    assert told["against"]["usual"]["energy_kwh_per_t"]["change"] == 0.0, "nothing was commanded: the same plant"
    assert (ledgers / "seed-7-plant-0.db").stat().st_size > 0


def test_people_read_tables(run):
    said = run("prove", "silicon-mill", "--pack", "steel", "--against", "usual", *SHORT)
    assert said.code == 0, said.err
    assert "Change against usual practice" in said.out
    assert "defect_share" in said.out
    assert "observe" in said.out
    assert "worth not shown; too few batches" in said.out
    assert "1 of 1 end at observe" in said.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--pack", "steal"), "pack 'steal' steers nothing"),
        (("--pack", "declared"), "pack 'declared' steers nothing"),
        (("--pack", "steel", "--against", "usual,recentered"), "no practice 'recentered'"),
        (("--pack", "steel", "--seeds", "three"), "--seeds: expected a count or a list such as 7,19,23"),
        (("--pack", "steel", "--seeds", "7,7"), "one number stands twice"),
        (("--pack", "steel", "--plant-variations", "0"), "--plant-variations: expected a count"),
        (("--pack", "steel", "--learn-from", "tea-leaves"), "--learn-from: expected trials or history"),
    ],
)
def test_misuse_has_a_remedy(run, arguments, told):
    said = run("prove", "silicon-mill", *arguments)
    assert said.code != 0
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_family_without_recipes_says_so(run):
    said = run("prove", "ladle-furnace", "--pack", "steel")
    assert said.code != 0
    assert "pack 'steel' steers nothing in plants of ladle-furnace" in said.err
