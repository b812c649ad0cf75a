"""The set-point tables on the wall: what the works has decided for each grade.

A table is one row a grade; the automation of each unit works out the set-points from its row and from what was measured
of the piece. The usual table is what a competent works runs today (usual practice, from memory): safe rather than
sharp. It reheats hot so that the mill rolls easily, alloys a little over need, ends the blow hot, degasses fixed
minutes and coats heavily.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from proving_ground.silicon_mill.grades import GRADES, Grade
from proving_ground.silicon_mill.stages.annealing import AnnealingRecipe
from proving_ground.silicon_mill.stages.caster import CasterRecipe
from proving_ground.silicon_mill.stages.coating import CoatingRecipe
from proving_ground.silicon_mill.stages.cold_mill import ColdRollingRecipe
from proving_ground.silicon_mill.stages.converter_level2 import ConverterRecipe
from proving_ground.silicon_mill.stages.desulphurisation import DesulphurisationRecipe
from proving_ground.silicon_mill.stages.hot_mill_setup import HotMillRecipe
from proving_ground.silicon_mill.stages.normalising import NormalisingRecipe
from proving_ground.silicon_mill.stages.reheating import ReheatingRecipe
from proving_ground.silicon_mill.stages.slitting import SlittingRecipe
from proving_ground.silicon_mill.stages.vacuum_level2 import VacuumRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """One grade's row: a recipe for each unit."""

    desulphurisation: DesulphurisationRecipe
    converter: ConverterRecipe
    vacuum: VacuumRecipe
    caster: CasterRecipe
    reheating: ReheatingRecipe
    hot_mill: HotMillRecipe
    normalising: NormalisingRecipe
    cold_rolling: ColdRollingRecipe
    annealing: AnnealingRecipe
    coating: CoatingRecipe
    slitting: SlittingRecipe


Table = Mapping[str, Recipes]
"""Recipes by grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """What differs from grade to grade inside a family.

    Parameters
    ----------
    soak_degc, speed_m_min
        Final anneal.
    normalise_degc
        Strip temperature of the normalising anneal; under 800 the band is only pickled.
    reheat_degc
        Slab on leaving the furnace.
    aim_s_ppm, flux_kg_t, low_ti_share
        How clean the steel is made: sulphur after desulphurisation, flux in the degasser, ferrosilicon low in titanium.
    """

    soak_degc: float
    speed_m_min: float
    normalise_degc: float
    reheat_degc: float
    aim_s_ppm: float
    flux_kg_t: float
    low_ti_share: float


def _r(  # noqa: PLR0913, PLR0917 - a row of a table
    soak: float, speed: float, normalise: float, reheat: float, sulphur: float, flux: float, low_ti: float
) -> GradeRow:
    return GradeRow(
        soak_degc=soak,
        speed_m_min=speed,
        normalise_degc=normalise,
        reheat_degc=reheat,
        aim_s_ppm=sulphur,
        flux_kg_t=flux,
        low_ti_share=low_ti,
    )


USUAL_ROWS: Final[Mapping[str, GradeRow]] = MappingProxyType(
    {
        "M235-35A": _r(1026.0, 130.0, 980.0, 1140.0, 15.0, 10.0, 0.90),
        "M250-35A": _r(1020.0, 135.0, 980.0, 1150.0, 16.0, 9.0, 0.70),
        "M270-35A": _r(1006.0, 140.0, 978.0, 1162.0, 18.0, 8.0, 0.50),
        "M300-35A": _r(988.0, 145.0, 975.0, 1170.0, 22.0, 6.0, 0.25),
        "M330-35A": _r(990.0, 145.0, 985.0, 1168.0, 22.0, 5.0, 0.20),
        "M270-50A": _r(1022.0, 92.0, 955.0, 1145.0, 16.0, 9.0, 0.70),
        "M310-50A": _r(1012.0, 105.0, 938.0, 1155.0, 20.0, 7.0, 0.40),
        "M400-50A": _r(972.0, 122.0, 930.0, 1165.0, 22.0, 6.0, 0.20),
        "M470-50A": _r(936.0, 130.0, 926.0, 1170.0, 22.0, 5.0, 0.10),
        "M600-50A": _r(880.0, 140.0, 700.0, 1175.0, 24.0, 4.0, 0.0),
        "M800-50A": _r(805.0, 145.0, 700.0, 1180.0, 26.0, 3.0, 0.0),
    }
)
"""By grade."""

BAND_MM: Final[Mapping[float, float]] = MappingProxyType({0.35: 2.0, 0.50: 2.3})
"""Hot band for each thickness of the strip, mm."""


def usual_table() -> Table:
    """What the works runs today.

    Examples
    --------
    >>> usual_table()["M250-35A"].annealing.soak_degc
    1020.0
    """
    return MappingProxyType({key: _of_row(grade, USUAL_ROWS[key]) for key, grade in GRADES.items()})


def _of_row(grade: Grade, row: GradeRow) -> Recipes:
    high, low = grade.family == "high", grade.family == "low"
    return Recipes(
        desulphurisation=DesulphurisationRecipe(aim_s_ppm=row.aim_s_ppm),
        converter=ConverterRecipe(end_degc=1676.0 if high else 1680.0),
        vacuum=VacuumRecipe(
            decarb_min=17.0 if low else 18.0,
            low_ti_share=row.low_ti_share,
            si_over=0.07 if high else 0.05,
            flux_kg_t=row.flux_kg_t,
            over_liquidus_k=72.0 if high else 68.0,
        ),
        caster=CasterRecipe(),
        reheating=ReheatingRecipe(discharge_degc=row.reheat_degc),
        hot_mill=HotMillRecipe(
            fdt_degc=865.0 if low else 860.0, ct_degc=725.0 if low else 685.0, band_mm=BAND_MM[grade.thickness_mm]
        ),
        normalising=NormalisingRecipe(strip_degc=row.normalise_degc, speed_m_min=48.0 if low else 32.0),
        cold_rolling=ColdRollingRecipe(entry_degc=40.0 if low else 60.0, induction_kw=0.0 if low else 300.0),
        annealing=AnnealingRecipe(soak_degc=row.soak_degc, speed_m_min=row.speed_m_min),
        coating=CoatingRecipe(weight_g_m2=1.15, bake_degc=240.0, roll_change_h=72.0),
        slitting=SlittingRecipe(gap_pct=7.0, speed_m_min=220.0, knife_change_km=280.0),
    )
