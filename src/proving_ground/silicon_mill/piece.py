"""The pieces of the mill and their hidden truth: a heat, and each coil from slab to finished strip.

A heat is cast into slabs and each slab becomes one coil, so slab and coil share one record: what the steel is, what
each stage made of it, what it has cost so far. Nobody in the plant sees these numbers; they see what the instruments
make of them (``seen``).

Masses of traces are in ppm by mass, of alloying elements in mass %.
"""

from dataclasses import dataclass, field
from math import nan

from proving_ground.silicon_mill.grades import Grade

SLABS_PER_HEAT = 20
"""Room in the numbering of slabs; a heat has 10 to 16."""


@dataclass(slots=True, kw_only=True)
class Steel:
    """What is dissolved in the steel; total sulphur, nitrogen, oxygen."""

    c_ppm: float = nan
    si: float = 0.0
    mn: float = nan
    p: float = nan
    s_ppm: float = nan
    al: float = 0.0
    n_ppm: float = nan
    o_ppm: float = nan
    ti_ppm: float = 0.0
    nb_ppm: float = 0.0
    v_ppm: float = 0.0
    cu: float = 0.0
    sn: float = 0.0


@dataclass(slots=True, kw_only=True)
class Account:
    """What a piece has used so far.

    Parameters
    ----------
    energy_kwh
        Electricity and fuel.
    cost_eur
        Conversion and alloys; hot metal and scrap are not in it.
    scrapped_t
        Metal lost on the way: scale, crops, trims, rejected parts.
    """

    energy_kwh: float = 0.0
    cost_eur: float = 0.0
    scrapped_t: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Heat:
    """A heat from hot metal to the caster.

    Parameters
    ----------
    number
        From 0, in the order of the plan.
    grade
        What it is made for.
    width_mm
        Of its slabs, as planned.
    place, of
        Its place in its casting sequence, from 0, and how many heats that has.
    steel, temp_degc, mass_t
        What is in the vessel or ladle now; before the converter it is hot metal (carbon in ``hot_metal_c``).
    hot_metal_c, hot_metal_si, hot_metal_ti
        Mass % in hot metal.
    slag_carry_kg_t
        Slag carried over from the last vessel.
    slag_feo
        FeO in the ladle slag, mass %.
    seen
        What the instruments showed so far, by parameter.
    account
        What it has used.
    """

    number: int
    grade: Grade
    width_mm: float = 1140.0
    place: int = 0
    of: int = 1
    steel: Steel = field(default_factory=Steel)
    temp_degc: float = nan
    mass_t: float = nan
    hot_metal_c: float = nan
    hot_metal_si: float = nan
    hot_metal_ti: float = nan
    slag_carry_kg_t: float = nan
    slag_feo: float = nan
    seen: dict[str, float] = field(default_factory=dict)
    account: Account = field(default_factory=Account)

    @property
    def key(self) -> str:
        """Its name at the works."""
        return f"H{self.number + 1:05d}"


@dataclass(slots=True, kw_only=True, eq=False)
class Coil:
    """A slab and the coil that is made of it.

    Parameters
    ----------
    heat
        Where it was cast.
    position
        Which slab of the heat, from 0.
    grade
        What it is made for.
    steel
        Its own analysis: slabs between two heats are mixed.
    mass_t
        Now.
    slab_width_mm, slab_thickness_mm, slab_length_m
        As cast.
    cast_h
        When it was cut, hours since the run began.
    equiaxed
        Share of equiaxed crystals in the slab, %.
    inclusion_index
        1 is usual; drives slivers.
    reheat_degc, reheat_min
        Mean temperature of the slab on leaving the furnace and minutes within 30 K of it.
    dissolved_s_ppm, dissolved_n_ppm
        In solution on leaving the furnace: they come out fine while rolling and pin the grains.
    scale_index
        1 is usual; drives pits and red scale.
    band_thickness_mm, crown_um, edge_drop_um, wedge_um
        Of the hot band.
    fdt_degc, ct_degc
        True finish-rolling and coiling temperatures.
    band_grain_um
        Of the hot band, after normalising that of the normalised band.
    texture
        Texture factor [tex], 1 is usual, 0.7 to 1.6.
    residual_scale
        Left after pickling, %.
    strip_width_mm, thickness_mm, thickness_sd_um, ttd_um
        Of the cold strip; ttd is the transverse thickness difference.
    cold_reduction
        Of the last cold-rolling campaign, 0 to 1.
    edge_cracks_per_km
        On the cold strip.
    soak_degc, soak_s
        True strip temperature and time at it in the final anneal.
    grain_um
        Final grain size [D].
    n_final_ppm, o_final_ppm, c_final_ppm
        After the final anneal.
    surface_loss_w_kg
        Loss added by nitriding and oxidation under the surface.
    stress_loss_w_kg
        Loss added by strain left in the strip.
    roughness_um
        Of the finished strip.
    coating_g_m2
        Mean of both sides.
    loss_w_kg, b50_t
        True P1.5/50 and B50 of the finished strip.
    defects
        Causes for which it cannot be sold as what it was made for; keys of :data:`DEFECTS`.
    ready_h
        When it was ready for its next stage, hours since the run began.
    seen
        What the instruments showed so far, by parameter.
    account
        What it has used, its part of the heat included.
    """

    heat: Heat
    position: int
    grade: Grade
    steel: Steel
    mass_t: float
    slab_width_mm: float
    slab_thickness_mm: float
    slab_length_m: float
    cast_h: float
    equiaxed: float = nan
    inclusion_index: float = nan
    reheat_degc: float = nan
    reheat_min: float = nan
    dissolved_s_ppm: float = nan
    dissolved_n_ppm: float = nan
    scale_index: float = nan
    band_thickness_mm: float = nan
    crown_um: float = nan
    edge_drop_um: float = nan
    wedge_um: float = nan
    fdt_degc: float = nan
    ct_degc: float = nan
    band_grain_um: float = nan
    texture: float = nan
    residual_scale: float = nan
    strip_width_mm: float = nan
    thickness_mm: float = nan
    thickness_sd_um: float = nan
    ttd_um: float = nan
    cold_reduction: float = nan
    edge_cracks_per_km: float = nan
    soak_degc: float = nan
    soak_s: float = nan
    grain_um: float = nan
    n_final_ppm: float = nan
    o_final_ppm: float = nan
    c_final_ppm: float = nan
    surface_loss_w_kg: float = 0.0
    stress_loss_w_kg: float = 0.0
    roughness_um: float = nan
    coating_g_m2: float = nan
    loss_w_kg: float = nan
    b50_t: float = nan
    defects: list[str] = field(default_factory=list)
    ready_h: float = nan
    seen: dict[str, float] = field(default_factory=dict)
    account: Account = field(default_factory=Account)

    @property
    def number(self) -> int:
        """Its own number, the same under every practice: what its disturbances are drawn by."""
        return self.heat.number * SLABS_PER_HEAT + self.position

    @property
    def slab_key(self) -> str:
        """Its name at the works as a slab."""
        return f"S{self.heat.number + 1:05d}-{self.position + 1:02d}"

    @property
    def key(self) -> str:
        """Its name at the works as a coil."""
        return f"C{self.heat.number + 1:05d}-{self.position + 1:02d}"

    @property
    def neighbour_key(self) -> str:
        """The coil that lies beside it, whose label may be taken for its own."""
        beside = self.position - 1 if self.position > 0 else 1
        return f"C{self.heat.number + 1:05d}-{beside + 1:02d}"


DEFECTS = (
    "loss",
    "b50",
    "thickness",
    "scale",
    "edge_crack",
    "ridging",
    "coating",
    "inclusion",
    "pick_up",
    "flatness",
)
"""Causes for which a coil cannot be sold as what it was made for."""
