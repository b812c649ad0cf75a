"""Mills that are built once and only looked at; mills with a short run-in; a route without queues."""

from collections.abc import Callable
from functools import cache

import pytest

from proving_ground.constant import draw
from proving_ground.silicon_mill import plant
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.plant import SiliconMill
from proving_ground.silicon_mill.practice import Practice, Rules
from proving_ground.silicon_mill.recipes import usual_table
from proving_ground.silicon_mill.route import SEGMENTS, Route

SHORT_H = 24.0 * 6.0
"""By then the first coils have left; the laws of the port hold from the first hour on."""

OF_HEATS = tuple(s for s in SEGMENTS if s.material == "heat")
OF_COILS = tuple(s for s in SEGMENTS if s.material != "heat")


class Works:
    """A route and its crews under the table on the wall; pieces are sent down it by hand, nothing waits."""

    def __init__(self, *, seed=3, variation=0, table=None, days=90.0):
        constants = draw(FAMILY, CONSTANTS, variation)
        self.route = Route(constants, seed=seed, plant_variation=variation)
        rules = Rules(table=table or usual_table(), pyrometer_days=days, gauge_days=30.0)
        self.practice = Practice(rules, self.route)

    def set_points(self, segment, piece, at_h, change=None):
        points = self.route.standing(segment, at_h) | self.practice.set_points(segment, piece, at_h)
        return points if change is None else points | change(segment, piece, points)

    def heat(self, number=0, grade="M250-35A", *, at_h=None, change=None):
        """A heat, and the slabs that were cast of it."""
        at_h = 24.0 * number if at_h is None else at_h
        heat = Heat(number=number, grade=GRADES[grade])
        slabs = ()
        for segment in OF_HEATS:
            self.route.arrive(segment, heat, at_h)
            slabs = self.route.pass_heat(segment, heat, self.set_points(segment, heat, at_h, change), at_h).slabs
        return heat, slabs

    def send(self, coil, *, upto="testing", at_h=None, change=None):
        """Let a coil pass every segment up to one; what each left behind, by segment."""
        at_h = 24.0 * coil.heat.number if at_h is None else at_h
        passed = {}
        for place, segment in enumerate(sorted(OF_COILS, key=lambda s: s.key == "slitting")):  # slit after its test
            then_h = at_h + 40.0 * (place + 1)
            points = {} if segment.key == "testing" else self.set_points(segment, coil, then_h, change)
            passed[segment.key] = self.route.pass_coil(segment, coil, points, then_h)
            if segment.key == upto:
                break
        return passed


@pytest.fixture(scope="session")
def works() -> type[Works]:
    return Works


@pytest.fixture(scope="session")
def mill() -> Callable[..., SiliconMill]:
    """A mill that has run in, by seed, variation and practice; made once, so look and do not touch."""

    @cache
    def built(seed=3, plant_variation=0, practice="usual"):
        made = SiliconMill(seed=seed, plant_variation=plant_variation, practice=practice)
        made.run(40)
        return made

    return built


@pytest.fixture(scope="module")
def young() -> Callable[..., SiliconMill]:
    """A new mill with six days behind it instead of seventy; who asks for it may do with it what he likes."""

    def built(seed=3, plant_variation=0, practice="usual"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plant, "RUN_IN_H", SHORT_H)
            return SiliconMill(seed=seed, plant_variation=plant_variation, practice=practice)

    return built


@pytest.fixture(scope="session")
def files_of() -> Callable[..., dict[str, bytes]]:
    """What a mill writes, by the name of the file."""

    def written(made, folder):
        made.write_history(folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    return written
