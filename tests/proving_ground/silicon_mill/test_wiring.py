from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.wiring import PARTS, counted, wiring


def test_each_parameter_plays_one_part():
    assert list(wiring()) == list(parameters())
    assert set(wiring().values()) == set(PARTS)


def test_few_parameters_move_the_loss():
    counts = counted()
    assert sum(counts.values()) == 1080
    assert counts["causal"] < 0.15 * 1080
    assert counts["nuisance"] > 200
