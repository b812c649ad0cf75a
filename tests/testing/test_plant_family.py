"""The suite must catch what it is for: families with one fault each."""

from dataclasses import dataclass, replace
from itertools import count

import pytest

from pilothouse.errors import ConfigError
from pilothouse.plant.folder import load_plant
from pilothouse.plants import Figure, Refusal
from pilothouse.testing.plant_family import PlantFamilyConformance
from proving_ground.ladle_furnace import family as sound

SUITE = PlantFamilyConformance()
PLANT = load_plant(sound.folder)


class Wrapped:
    """A sound plant, to be spoilt in one method."""

    def __init__(self, plant):
        self._plant = plant

    def __getattr__(self, name):
        return getattr(self._plant, name)


@dataclass(frozen=True)
class Spoilt:
    spoil: object
    key: str = sound.key
    title: str = sound.title
    folder: object = sound.folder
    practices: tuple[str, ...] = sound.practices

    def build(self, *, seed, plant_variation=0, practice=""):
        return self.spoil(seed, plant_variation, practice)


def wrapped(kind):
    return Spoilt(
        lambda seed, variation, practice: kind(sound.build(seed=seed, plant_variation=variation, practice=practice))
    )


def test_chance_without_a_seed_is_caught(tmp_path):
    seeds = count()
    family = Spoilt(
        lambda _seed, variation, practice: sound.build(seed=next(seeds), plant_variation=variation, practice=practice)
    )
    with pytest.raises(AssertionError):
        SUITE.test_the_same_seed_gives_the_same_bytes(family, tmp_path)


def test_a_variation_without_effect_is_caught(tmp_path):
    family = Spoilt(lambda seed, _variation, practice: sound.build(seed=seed, practice=practice))
    with pytest.raises(AssertionError):
        SUITE.test_seed_and_variation_matter(family, tmp_path)


def test_another_practice_with_other_dice_is_caught():
    family = Spoilt(lambda seed, _variation, practice: sound.build(seed=seed + len(practice), practice=practice))
    with pytest.raises(AssertionError):
        SUITE.test_practices_meet_the_same_disturbances(family)


def test_a_refused_command_that_harms_is_caught(tmp_path):
    class Harmed(Wrapped):
        def command(self, piece, parameter, value):
            refusal = self._plant.command(piece, parameter, value)
            self._plant.command(piece, "active_energy", 400.0)
            return refusal

    with pytest.raises(AssertionError):
        SUITE.test_a_refused_command_leaves_the_plant_unharmed(wrapped(Harmed), PLANT, tmp_path)


def test_a_command_taken_for_anything_is_caught(tmp_path):
    class Willing(Wrapped):
        def command(self, piece, parameter, value):
            return None

    with pytest.raises(AssertionError):
        SUITE.test_a_refused_command_leaves_the_plant_unharmed(wrapped(Willing), PLANT, tmp_path)
    with pytest.raises(AssertionError):
        SUITE.test_a_piece_that_has_left_takes_no_command(wrapped(Willing))


def test_a_refusal_without_a_reason_is_caught(tmp_path):
    class Curt(Wrapped):
        def command(self, piece, parameter, value):
            return Refusal(piece=piece, parameter=parameter, reason="")

    with pytest.raises(AssertionError):
        SUITE.test_a_refused_command_leaves_the_plant_unharmed(wrapped(Curt), PLANT, tmp_path)


def test_watching_that_changes_the_plant_is_caught(tmp_path):
    class Shy(Wrapped):
        def moments(self, pieces):
            for moment in self._plant.moments(pieces):
                self._plant.command(moment.piece, "active_energy", 0.0)
                yield moment

    with pytest.raises(AssertionError):
        SUITE.test_watching_changes_nothing(wrapped(Shy), tmp_path)


def spoil_moments(change):
    class Changed(Wrapped):
        def moments(self, pieces):
            for moment in self._plant.moments(pieces):
                yield change(moment)

    return wrapped(Changed)


def test_an_undeclared_parameter_is_caught():
    def rename(moment):
        return replace(moment, readings=tuple(replace(r, parameter="other") for r in moment.readings))

    with pytest.raises(AssertionError):
        SUITE.test_values_are_declared_finite_and_dated(spoil_moments(rename), PLANT)


def test_a_value_known_after_its_moment_is_caught():
    def hurry(moment):
        return replace(moment, at_ns=moment.at_ns - 1)

    with pytest.raises(AssertionError):
        SUITE.test_values_are_declared_finite_and_dated(spoil_moments(hurry), PLANT)


def test_a_measured_parameter_as_lever_is_caught():
    with pytest.raises(AssertionError):
        SUITE.test_levers_and_aims_are_declared(spoil_moments(lambda m: replace(m, levers=("temperature",))), PLANT)


def test_time_that_runs_back_is_caught():
    with pytest.raises(AssertionError):
        SUITE.test_time_goes_forward(spoil_moments(lambda m: replace(m, at_ns=-m.at_ns)))


def test_a_figure_in_no_known_unit_is_caught():
    class Furlongs(Wrapped):
        def figures(self):
            return {name: Figure(value=f.value, unit="furlong") for name, f in self._plant.figures().items()}

    with pytest.raises(AssertionError):
        SUITE.test_figures_have_units(wrapped(Furlongs))


def test_misuse_that_passes_is_caught():
    family = Spoilt(lambda _seed, _variation, _practice: sound.build(seed=1))
    with pytest.raises(pytest.fail.Exception):
        SUITE.test_misuse_is_told(family, {"seed": -1})


def test_a_faulty_folder_is_caught(tmp_path):
    with pytest.raises(ConfigError):
        load_plant(tmp_path)
