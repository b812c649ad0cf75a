"""What a finished strip loses and how well it magnetises: the equations that every other stage works for.

::

    rho  = 13.25 + 11.3 (Si + Al + Mn/2) + 12 P                     uOhm cm, mass %
    d    = 7,865 - 65 (Si + 1.7 Al)                                 kg/m3
    J_s  = 2.158 - 0.048 Si - 0.057 Al - 0.02 Mn                    T
    P    = P_h + P_cl + P_exc                                       W/kg
    P_h  = [1.88 - 0.356 (Si + 0.6 Al) + 70/D + 0.001 (D - 110)+ + 0.008 S + 0.006 N + 0.005 O + 0.008 Ti
            + 0.010 (C - 25)+ - texture + added] (B/1.5)^1.7 (f/50)         D in um, traces in ppm
    P_cl = pi^2 B^2 f^2 t^2 / (6 rho d)
    P_exc = 8.76 sqrt(sigma G V0 S) (B f)^1.5 / d,  V0 = 0.14 (D/100 um) A/m, G = 0.1356, S = 30 mm x t
    B50  = J_s (0.825 + 0.006 Si + 0.03 (tex - 1)) - 0.010 (D/100 - 1)

The separation into three parts and the form of the excess loss are Bertotti's (1988; *sourced*, from memory);
resistivity is the handbook form, density that of IEC 60404-2, saturation that of Bozorth (all *sourced*, from memory).
The constants of the hysteresis loss and V0 are *calibrated*: they reproduce the ladder of grades with compositions and
grain sizes usual for them, which makes them plausible and not validated on data. Texture enters as a loss of
1.2 W/kg less for 0.1 more of B50/J_s (*guessed*, a placeholder). ``added`` is what strain and a nitrided or oxidised
surface add.

The optimum grain size follows: hysteresis falls with the grain, excess loss rises with its square root, and rises
faster with frequency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from types import MappingProxyType
from typing import Final

from proving_ground.constant import Constant, constant
from proving_ground.silicon_mill.grades import Grade

G_BERTOTTI: Final = 0.1356
"""Of the eddy currents around a moving wall, dimensionless (Bertotti)."""

EPSTEIN_WIDTH_M: Final = 0.030
"""Of a strip in the Epstein frame (IEC 60404-2)."""

_FROM_PAGE: Final = "fit of the ladder of grades; plausible, not validated on data"

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "loss_rho_base": constant(13.25, 13.1, 13.4, "uOhm cm", "sourced", "handbook form (from memory)"),
        "loss_rho_slope": constant(11.3, 11.1, 11.5, "uOhm cm/%", "sourced", "11.0 to 11.3 in use (from memory)"),
        "loss_v0": constant(0.14, 0.13, 0.15, "A/m at 100 um", "calibrated", _FROM_PAGE),
        "loss_base": constant(1.88, 1.85, 1.91, "W/kg", "calibrated", _FROM_PAGE),
        "loss_si": constant(0.356, 0.345, 0.367, "W/kg/%", "calibrated", _FROM_PAGE),
        "loss_al_share": constant(0.6, 0.56, 0.64, "1", "calibrated", "effect of Al over that of Si"),
        "loss_grain": constant(70.0, 67.0, 73.0, "W/kg um", "calibrated", _FROM_PAGE),
        "loss_coarse": constant(0.001, 0.0008, 0.0012, "W/kg/um", "guessed", "walls of grains over 110 um"),
        "loss_s": constant(0.008, 0.007, 0.009, "W/kg/ppm", "guessed", "+0.08 for 10 ppm, grain aside"),
        "loss_n": constant(0.006, 0.005, 0.007, "W/kg/ppm", "guessed", "+0.06 for 10 ppm"),
        "loss_o": constant(0.005, 0.004, 0.006, "W/kg/ppm", "guessed", "+0.05 for 10 ppm"),
        "loss_ti": constant(0.008, 0.007, 0.009, "W/kg/ppm", "guessed", "+0.08 for 10 ppm"),
        "loss_c": constant(0.010, 0.008, 0.012, "W/kg/ppm", "guessed", "ageing: +0.10 from 20 to about 40 ppm"),
        "loss_c_free": constant(25.0, 23.0, 27.0, "ppm", "guessed", "carbon that does not age; 30 is the usual limit"),
        "loss_induction": constant(1.7, 1.65, 1.75, "1", "guessed", "exponent of B in the hysteresis loss"),
        "loss_texture": constant(1.2, 0.9, 1.5, "W/kg per 0.1", "guessed", "of B50/J_s; a placeholder"),
        "loss_b50": constant(0.825, 0.823, 0.827, "1", "calibrated", "B50/J_s without silicon, random texture"),
        "loss_b50_si": constant(0.006, 0.005, 0.007, "1/%", "calibrated", "typical B50 by grade (from memory)"),
        "loss_b50_texture": constant(0.03, 0.027, 0.033, "1", "calibrated", "B50/J_s for 1 of the texture factor"),
        "loss_b50_grain": constant(0.010, 0.008, 0.012, "T/100 um", "guessed", "coarse grains are badly oriented"),
    }
)
"""Every uncertain constant by name."""

NOMINAL: Final[Mapping[str, float]] = MappingProxyType({key: c.nominal for key, c in CONSTANTS.items()})
"""The constants of the nominal plant."""

TARGET_SHARE: Final = 0.945
"""Of the limit is what the mill aims at: production centres 3 to 7 % under it (usual, from memory)."""


TRACES: Final[Mapping[str, tuple[float, float, float, float, float]]] = MappingProxyType(
    {
        "high": (14.0, 16.0, 13.0, 15.0, 18.0),
        "middle": (20.0, 18.0, 15.0, 17.0, 20.0),
        "low": (32.0, 24.0, 22.0, 20.0, 24.0),
    }
)
"""S, N, O, Ti and C usual in the finished strip by family, ppm (guessed, within what the degasser gives)."""

_CLEANER: Final[Mapping[str, tuple[float, float, float, float, float]]] = MappingProxyType(
    {
        "M235-35A": (10.0, 14.0, 11.0, 13.0, 17.0),
        "M250-35A": (12.0, 15.0, 12.0, 14.0, 17.0),
        "M270-50A": (12.0, 15.0, 12.0, 14.0, 17.0),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What the magnetic properties of a finished strip depend on.

    Parameters
    ----------
    si, al, mn, p
        Mass %.
    s_ppm, n_ppm, o_ppm, ti_ppm, c_ppm
        In the finished strip, so after its last anneal.
    grain_um
        Mean grain size [D].
    thickness_mm
        [t].
    texture
        Texture factor [tex]; 1 is usual.
    added_w_kg
        Loss added by strain and by a nitrided or oxidised surface, at 1.5 T and 50 Hz.
    """

    si: float
    al: float
    mn: float
    p: float
    s_ppm: float
    n_ppm: float
    o_ppm: float
    ti_ppm: float
    c_ppm: float
    grain_um: float
    thickness_mm: float
    texture: float = 1.0
    added_w_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A specific loss in its three parts, W/kg.

    Parameters
    ----------
    hysteresis, classical, excess
        [P_h], [P_cl], [P_exc].
    """

    hysteresis: float
    classical: float
    excess: float

    @property
    def total(self) -> float:
        """Their sum [P]."""
        return self.hysteresis + self.classical + self.excess


def resistivity_uohm_cm(strip: Strip, constants: Mapping[str, float] = NOMINAL) -> float:
    """Electrical resistivity [rho]; handbook form (from memory).

    Examples
    --------
    >>> from proving_ground.silicon_mill.grades import GRADES
    >>> round(resistivity_uohm_cm(typical_strip(GRADES["M250-35A"])), 1)
    59.2
    """
    alloyed = strip.si + strip.al + 0.5 * strip.mn
    return constants["loss_rho_base"] + constants["loss_rho_slope"] * alloyed + 12.0 * strip.p


def density_kg_m3(si: float, al: float) -> float:
    """Density by which a sample's cross-section is found [d]; IEC 60404-2 (from memory).

    Examples
    --------
    >>> density_kg_m3(3.0, 0.5)
    7614.75
    """
    return 7865.0 - 65.0 * (si + 1.7 * al)


def saturation_t(si: float, al: float, mn: float) -> float:
    """Saturation polarisation [J_s]; Bozorth (from memory).

    Examples
    --------
    >>> round(saturation_t(3.0, 0.5, 0.2), 3)
    1.981
    """
    return 2.158 - 0.048 * si - 0.057 * al - 0.02 * mn


def specific_loss(strip: Strip, b_t: float, f_hz: float, constants: Mapping[str, float] = NOMINAL) -> Split:
    """Loss of a strip at an induction and a frequency; Bertotti 1988 (from memory), see the module.

    Parameters
    ----------
    strip
        What it is made of.
    b_t
        Peak induction [B], T.
    f_hz
        Frequency [f], Hz.
    constants
        Of the plant.

    Examples
    --------
    >>> from proving_ground.silicon_mill.grades import GRADES
    >>> split = specific_loss(typical_strip(GRADES["M250-35A"]), 1.5, 50.0)
    >>> [round(part, 2) for part in (split.hysteresis, split.classical, split.excess)]
    [1.54, 0.25, 0.48]
    """
    density = density_kg_m3(strip.si, strip.al)
    sigma = 1e8 / resistivity_uohm_cm(strip, constants)
    t_m = 1e-3 * strip.thickness_mm
    v0 = constants["loss_v0"] * strip.grain_um / 100.0
    moved = b_t * f_hz
    classical = (pi * moved * t_m) ** 2 * sigma / (6.0 * density)
    excess = 8.76 * sqrt(sigma * G_BERTOTTI * v0 * EPSTEIN_WIDTH_M * t_m) * moved**1.5 / density
    static = hysteresis_w_kg(strip, constants) * (b_t / 1.5) ** constants["loss_induction"] * f_hz / 50.0
    return Split(hysteresis=static, classical=classical, excess=excess)


def hysteresis_w_kg(strip: Strip, constants: Mapping[str, float] = NOMINAL) -> float:
    """Hysteresis loss at 1.5 T and 50 Hz [P_h]; calibrated, see the module."""
    c = constants
    grain_um = strip.grain_um
    alloyed = c["loss_base"] - c["loss_si"] * (strip.si + c["loss_al_share"] * strip.al)
    grains = c["loss_grain"] / grain_um + c["loss_coarse"] * max(grain_um - 110.0, 0.0)
    traces = (
        c["loss_s"] * strip.s_ppm
        + c["loss_n"] * strip.n_ppm
        + c["loss_o"] * strip.o_ppm
        + c["loss_ti"] * strip.ti_ppm
        + c["loss_c"] * max(strip.c_ppm - c["loss_c_free"], 0.0)
    )
    textured = 10.0 * c["loss_texture"] * c["loss_b50_texture"] * (strip.texture - 1.0)
    return alloyed + grains + traces - textured + strip.added_w_kg


def b50_t(strip: Strip, constants: Mapping[str, float] = NOMINAL) -> float:
    """Induction at 5,000 A/m [B50]; calibrated to typical values by grade (from memory).

    Examples
    --------
    >>> from proving_ground.silicon_mill.grades import GRADES
    >>> round(b50_t(typical_strip(GRADES["M250-35A"])), 3)
    1.648
    """
    c = constants
    share = c["loss_b50"] + c["loss_b50_si"] * strip.si + c["loss_b50_texture"] * (strip.texture - 1.0)
    return saturation_t(strip.si, strip.al, strip.mn) * share - c["loss_b50_grain"] * (strip.grain_um / 100.0 - 1.0)


def target_w_kg(grade: Grade) -> float:
    """What the mill aims at for P1.5/50.

    Examples
    --------
    >>> from proving_ground.silicon_mill.grades import GRADES
    >>> target_w_kg(GRADES["M250-35A"])
    2.3625
    """
    return TARGET_SHARE * grade.loss_limit_w_kg


def typical_strip(grade: Grade) -> Strip:
    """A strip of a grade as it was meant: analysis and grain size at their aims, traces usual for it.

    Nothing is added by surface or strain: the better grades spend 0.03 to 0.06 W/kg of the room under their target on
    what their hot soak does to the surface.
    """
    s_ppm, n_ppm, o_ppm, ti_ppm, c_ppm = _CLEANER.get(grade.key, TRACES[grade.family])
    return Strip(
        si=grade.si,
        al=grade.al,
        mn=grade.mn,
        p=grade.p,
        s_ppm=s_ppm,
        n_ppm=n_ppm,
        o_ppm=o_ppm,
        ti_ppm=ti_ppm,
        c_ppm=c_ppm,
        grain_um=grade.grain_um,
        thickness_mm=grade.thickness_mm,
    )
