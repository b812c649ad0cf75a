import numpy as np
import pytest

from proving_ground.disturbance import BLOCK, PATH, Disturbances


def test_a_draw_depends_on_seed_name_heat_and_number_alone():
    asked_first, asked_last = Disturbances(seed=7, family="kettles"), Disturbances(seed=7, family="kettles")
    wanted = asked_first.normal("probe", 1000, 3)
    for heat in range(0, 3 * BLOCK, 50):
        asked_last.normal("slag", heat)
        asked_last.uniform("probe", heat)
    assert asked_last.normal("probe", 1000, 3) == wanted


def test_names_heats_numbers_seeds_and_laws_differ():
    draws = Disturbances(seed=7, family="kettles")
    others = [
        draws.normal("slag", 5, 2),
        draws.normal("probe", 6, 2),
        draws.normal("probe", 5 + BLOCK, 2),
        draws.normal("probe", 5, 3),
        Disturbances(seed=8, family="kettles").normal("probe", 5, 2),
        draws.uniform("probe", 5, 2),
    ]
    assert draws.normal("probe", 5, 2) not in others
    assert len(set(others)) == len(others)


def test_the_laws_are_standard():
    draws = Disturbances(seed=1, family="kettles")
    normal = np.array([draws.normal("n", heat, k) for heat in range(500) for k in range(10)])
    uniform = np.array([draws.uniform("u", heat, k) for heat in range(500) for k in range(10)])
    assert normal.mean() == pytest.approx(0.0, abs=0.06)
    assert normal.std() == pytest.approx(1.0, abs=0.05)
    assert uniform.min() >= 0.0
    assert uniform.max() < 1.0
    assert uniform.mean() == pytest.approx(0.5, abs=0.02)


def test_a_balanced_block_has_its_share_of_rare_events():
    draws = Disturbances(seed=2, family="kettles", balanced=True)
    uniform = np.array([draws.uniforms("fault", number) for number in range(4 * BLOCK)]).reshape(4, BLOCK, -1)
    normal = np.array([draws.normals("noise", number) for number in range(4 * BLOCK)]).reshape(4, BLOCK, -1)
    for share in (1 / BLOCK, 0.25, 0.5):
        assert ((uniform < share).sum(axis=1) == share * BLOCK).all()
    assert abs(normal.mean(axis=1)).max() < 0.01
    assert normal.std(axis=1) == pytest.approx(np.ones((4, 40)), abs=0.02)


def test_balanced_draws_hang_together_no_more_than_others():
    """Next number, next place, other law: the order of a block is as random as any."""
    draws = Disturbances(seed=4, family="kettles", balanced=True)
    normal = np.array([draws.normals("noise", number) for number in range(8 * BLOCK)])
    uniform = np.array([draws.uniforms("noise", number) for number in range(8 * BLOCK)])
    assert abs(np.corrcoef(normal[:-1].ravel(), normal[1:].ravel())[0, 1]) < 0.012
    assert abs(np.corrcoef(normal[:, :-1].ravel(), normal[:, 1:].ravel())[0, 1]) < 0.012
    assert abs(np.corrcoef(normal.ravel(), uniform.ravel())[0, 1]) < 0.012


def test_a_negative_seed_is_misuse():
    with pytest.raises(ValueError, match="seed"):
        Disturbances(seed=-1, family="kettles")


def test_a_path_is_the_same_however_far_it_is_asked_for():
    near, far = (Disturbances(seed=3, family="kettles") for _ in range(2))
    assert far.walk("drift", 3 * PATH) == far.walk("drift", 3 * PATH)
    assert [near.walk("drift", day) for day in (0, 1, 100)] == [far.walk("drift", day) for day in (0, 1, 100)]
    assert near.wander("slow", 50, memory=10.0) == far.wander("slow", 50, memory=10.0)
    assert near.walk("drift", 0) == 0.0


def test_a_walk_has_unit_steps_and_a_wandering_unit_spread_and_memory():
    draws = Disturbances(seed=5, family="kettles")
    walked = np.array([draws.walk("drift", day) for day in range(3000)])
    wandered = np.array([draws.wander("slow", day, memory=8.0) for day in range(4000)])
    assert np.diff(walked).std() == pytest.approx(1.0, abs=0.05)
    assert wandered.std() == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(wandered[:-8], wandered[8:])[0, 1] == pytest.approx(np.exp(-1.0), abs=0.1)
