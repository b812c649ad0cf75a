"""Tables of the silicon mill's pages, drawn from the code.

A page says `<!-- from the mill: name -->` and `<!-- from the mill: end -->`; what stands between is replaced. A test
holds the cheap tables to the code; the dear ones are of runs and are as old as the pictures.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Final

from mill_runs import floor, ran, read_floor

from proving_ground.constant import CERTAINTIES
from proving_ground.silicon_mill.constants import CONSTANTS, TABLES
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.interlocks import (
    BRITTLE_SI,
    CLOGGING_SI,
    FASTEST_CLOGGING_M_MIN,
    FAYALITE_SI,
    HOTTEST_ZONE_DEGC,
    INTERLOCKS,
    LARGEST_PASS,
    MOST_HEATED,
)
from proving_ground.silicon_mill.parameters import UNITS, of_unit
from proving_ground.silicon_mill.piece import Steel
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.route import SEGMENTS
from proving_ground.silicon_mill.stages import converter_balance, grain, loss, solidification, testing, vacuum_balance
from proving_ground.silicon_mill.stages.annealing import Annealing
from proving_ground.silicon_mill.stages.atmosphere import decarburising_s
from proving_ground.silicon_mill.stages.caster import Caster
from proving_ground.silicon_mill.stages.coating import Coating
from proving_ground.silicon_mill.stages.cold_mill import ColdMill
from proving_ground.silicon_mill.stages.converter import Converter
from proving_ground.silicon_mill.stages.desulphurisation import Desulphurisation
from proving_ground.silicon_mill.stages.hot_mill import HotMill
from proving_ground.silicon_mill.stages.normalising import Normalising
from proving_ground.silicon_mill.stages.reheating import Reheating, dissolved_n_ppm, dissolved_s_ppm
from proving_ground.silicon_mill.stages.slitting import Slitting
from proving_ground.silicon_mill.stages.stage import Stage
from proving_ground.silicon_mill.stages.testing import MagneticTest
from proving_ground.silicon_mill.stages.vacuum import VacuumDegasser
from proving_ground.silicon_mill.wiring import PARTS, wiring

HERE: Final = Path(__file__).parent
MARK: Final = re.compile(r"(<!-- from the mill: (?!end)([\w-]+) -->\n).*?(<!-- from the mill: end -->)", re.DOTALL)

STAGES: Final[Mapping[str, type[Stage]]] = {
    "HMD": Desulphurisation,
    "BOF": Converter,
    "RH": VacuumDegasser,
    "CC": Caster,
    "REHEAT": Reheating,
    "HSM": HotMill,
    "APL": Normalising,
    "CRM": ColdMill,
    "FAL": Annealing,
    "COAT": Coating,
    "SLIT": Slitting,
    "TEST": MagneticTest,
}

WORDS: Final[Mapping[str, str]] = {
    "HMD": "hot-metal desulphurisation",
    "BOF": "converter",
    "RH": "vacuum degasser",
    "CC": "slab caster",
    "REHEAT": "reheating furnaces",
    "HSM": "hot strip mill",
    "APL": "annealing and pickling line",
    "CRM": "cold mill",
    "FAL": "final annealing line",
    "COAT": "coater",
    "SLIT": "slitting line",
    "TEST": "test laboratory",
}


def pages() -> list[Path]:
    """The pages on which something of the mill is drawn."""
    return [page for page in sorted(HERE.glob("*.md")) if MARK.search(page.read_text(encoding="utf-8"))]


def redrawn(page: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The page with those of its tables drawn anew that are asked for."""

    def anew(found: re.Match[str]) -> str:
        draw = tables.get(found[2])
        return found[0] if draw is None else f"{found[1]}\n{draw()}\n\n{found[3]}"

    return MARK.sub(anew, page)


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# ---- of the code alone -----------------------------------------------------------------------------------------------


def units() -> str:
    """Units, the segments at which something can be set, and what their parameters are wired to."""
    rows = []
    for unit in UNITS:
        played = [wiring()[p.key] for p in of_unit(unit)]
        segments = ", ".join(f"`{s.key}`" for s in SEGMENTS if s.unit == unit)
        rows.append((f"`{unit}`", WORDS[unit], segments, str(len(played)), *(str(played.count(p)) for p in PARTS)))
    every = list(wiring().values())
    rows.append(("", "**all**", "", f"**{len(every):,}**", *(f"**{every.count(p)}**" for p in PARTS)))
    return table(("unit", "what it is", "segments", "parameters", *PARTS), rows)


def disturbances() -> str:
    """Everything that can be switched on by name."""
    rows = [
        (f"`{name}`", WORDS[unit], told[0].lower() + told[1:])
        for unit, stage in STAGES.items()
        for name, told in stage.DISTURBANCES.items()
    ]
    return table(("name", "where", "what it does"), rows)


def interlocks() -> str:
    """What each interlock watches, and the most that it lets pass."""
    rows = ((", ".join(f"`{key}`" for key in i.parameters), *REFUSED[i.breach.__name__]) for i in INTERLOCKS)
    return table(("parameters that begin with", "refused", "because"), rows)


REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "_melting_scale": (
        f"above {HOTTEST_ZONE_DEGC:,.0f} °C for steel with more than {FAYALITE_SI:g} % Si",
        "its scale melts on the hearth",
    ),
    "_brittle": (f"above {LARGEST_PASS:g} % for steel with more than {BRITTLE_SI:g} % Si", "it is brittle"),
    "_clogging": (
        f"above {FASTEST_CLOGGING_M_MIN:g} m/min for steel with more than {CLOGGING_SI:g} % Si",
        "it clogs the nozzle and bleeds",
    ),
    "_furnace_power": (
        f"where speed times thickness passes {MOST_HEATED:g} mm m/min",
        "the furnace cannot heat more",
    ),
}
"""What each interlock refuses, by the name of its check, and why."""


def certainties() -> str:
    """How many constants of each unit are how sure."""
    rows = []
    for unit, constants in TABLES.items():
        sure = [c.certainty for c in constants.values()]
        rows.append((WORDS[unit], *(str(sure.count(one)) for one in CERTAINTIES)))
    every = [c.certainty for c in CONSTANTS.values()]
    rows.append(("**all**", *(f"**{every.count(one)}**" for one in CERTAINTIES)))
    return table(("unit", *CERTAINTIES), rows)


def constants() -> str:
    """Every constant of every unit."""
    parts = []
    for unit, listed in TABLES.items():
        rows = (
            (f"`{key}`", f"{c.nominal:g}", f"{c.low:g} to {c.high:g}", c.unit, c.certainty, c.source)
            for key, c in listed.items()
        )
        head = ("constant", "nominal", "range", "unit", "certainty", "source")
        parts.append(f"## {WORDS[unit].capitalize()}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def known_answers() -> str:
    """What the equations give where an answer is known."""
    return table(("what", "known", "model", "certainty of the known"), (*_chemistry(), *_grains(), *_magnetism()))


def _chemistry() -> Iterable[tuple[str, str, str, str]]:
    steel = Steel(si=3.0, al=0.5, mn=0.25, s_ppm=99.0)
    sulphur = " / ".join(f"{dissolved_s_ppm(t, steel):.0f}" for t in (1100.0, 1150.0, 1200.0, 1250.0))
    nitrogen = " / ".join(f"{dissolved_n_ppm(1150.0, Steel(si=3.0, al=al, n_ppm=99.0)):.2g}" for al in (0.5, 0.03))
    product = converter_balance.co_product_equilibrium(1600.0)
    flow = vacuum_balance.circulation(1500.0, 0.70, 100.0)
    crater = solidification.crater_m(1.1, 220.0, 25.0)
    liquidus = solidification.liquidus_degc(Steel(c_ppm=20.0, si=3.0, mn=0.2, p=0.01, s_ppm=20.0, al=0.0))
    yield ("C-O product of steel at 1,600 °C and 1 atm", "0.0020", f"{product:.4f}", "sourced (its free energy)")
    yield (
        "circulation at 1,500 Nl/min, 0.70 m, 100 Pa",
        "155 t/min",
        f"{flow:.0f} t/min",
        "equation of Kuwabara 1988, from memory",
    )
    yield (
        "liquidus at 3 % Si",
        "about 1,500 °C",
        f"{liquidus:,.0f} °C",
        "from memory; textbooks' linear factor: 1,514",
    )
    yield ("liquid core at 220 mm, 1.1 m/min", "21 m", f"{crater:.0f} m", "from memory (K = 25 mm/min^0.5)")
    yield (
        "S in solution at 1,100 / 1,150 / 1,200 / 1,250 °C with 0.25 % Mn",
        "4 / 10 / 22 / 47 ppm",
        f"{sulphur} ppm",
        "equation from memory",
    )
    yield (
        "N in solution at 1,150 °C with 0.5 and 0.03 % Al",
        "0.9 / 15 ppm",
        f"{nitrogen} ppm",
        "equation from memory",
    )


def _grains() -> Iterable[tuple[str, str, str, str]]:
    free = grain.UNPINNED_UM
    temps = (850.0, 900.0, 950.0, 1000.0, 1050.0)
    grown = " / ".join(f"{grain.grown(18.0, t, 60.0, limit_um=free):.0f}" for t in temps)
    limits = [grain.pinned_um(grain.fine_volume(s, 0.0), 35.0) for s in (10.0, 20.0, 30.0)]
    pinned = " / ".join(f"{grain.grown(18.0, 1000.0, 60.0, limit_um=limit):.0f}" for limit in limits)
    yield (
        "grains from 18 µm, 60 s at 850 to 1,050 °C",
        "31 / 45 / 67 / 98 / 139 µm",
        f"{grown} µm",
        "calibrated",
    )
    yield ("the same at 1,000 °C, held by 10 / 20 / 30 ppm of fine S", "86 / 73 / 62 µm", f"{pinned} µm", "calibrated")
    yield (
        "decarburising 0.50 mm at 830 °C, time constant",
        "122 s",
        f"{decarburising_s(830.0, 0.50):.0f} s",
        "diffusion, from memory",
    )


def _magnetism() -> Iterable[tuple[str, str, str, str]]:
    strip = loss.typical_strip(GRADES["M250-35A"])
    split = loss.specific_loss(strip, 1.5, 50.0)
    parts = f"{split.hysteresis:.2f} / {split.classical:.2f} / {split.excess:.2f}"

    def more(other: loss.Strip) -> str:
        return f"{loss.specific_loss(other, 1.5, 50.0).total - split.total:+.3f} W/kg"

    off = [loss.specific_loss(loss.typical_strip(g), 1.5, 50.0).total - loss.target_w_kg(g) for g in GRADES.values()]
    rms, worst = sqrt(sum(o * o for o in off) / len(off)), max(map(abs, off))
    calibrated = "calibrated"
    yield (
        "11 grades against their targets, rms and largest",
        "0.11 and 0.16 W/kg",
        f"{rms:.2f} and {worst:.2f} W/kg",
        "a plausibility fit, not data",
    )
    yield ("M250-35A: hysteresis / classical / excess", "1.53 / 0.25 / 0.48 W/kg", f"{parts} W/kg", calibrated)
    yield ("M250-35A, Si +0.1 %", "-0.044 W/kg", more(replace(strip, si=strip.si + 0.1)), calibrated)
    yield ("Al +0.1 %", "-0.030 W/kg", more(replace(strip, al=strip.al + 0.1)), calibrated)
    yield ("grains -30 µm", "+0.12 W/kg", more(replace(strip, grain_um=strip.grain_um - 30.0)), calibrated)
    yield ("thickness +10 µm", "+0.022 W/kg", more(replace(strip, thickness_mm=strip.thickness_mm + 0.01)), calibrated)
    yield (
        "S +10 ppm, without what it does to grains",
        "+0.08 W/kg",
        more(replace(strip, s_ppm=strip.s_ppm + 10.0)),
        calibrated,
    )
    yield ("N +10 ppm", "+0.06 W/kg", more(replace(strip, n_ppm=strip.n_ppm + 10.0)), calibrated)
    yield ("Ti +10 ppm", "+0.08 W/kg", more(replace(strip, ti_ppm=strip.ti_ppm + 10.0)), calibrated)
    for b_t, f_hz, known in ((1.5, 50.0, "100 to 150 µm"), (1.0, 400.0, "90 to 110 µm")):
        best = min(range(40, 260), key=lambda um: loss.specific_loss(replace(strip, grain_um=um), b_t, f_hz).total)
        words = "literature, from memory" if f_hz < 100.0 else calibrated
        yield (f"grain size of least loss at {b_t:g} T, {f_hz:g} Hz", known, f"{best} µm", words)
    nominal = {key: c.nominal for key, c in testing.CONSTANTS.items()}
    proof = testing.yield_strength_mpa(strip, nominal)
    yield ("yield strength of M250-35A", "430 to 460 MPa", f"{proof:.0f} MPa", "makers' sheets, from memory")


# ---- of runs ---------------------------------------------------------------------------------------------------------

RANGES: Final[Mapping[str, str]] = {
    "coils": "-",
    "defect_share": "about 11 to 20 (sum of the usual rates)",
    "off_grade_share": "5 to 9 over 2.8 % Si, 2 to 4 low Si",
    "p1550": "3 to 7 % under the limit",
    "p1550_sd": "-",
    "prime_t_per_h": "-",
    "energy_kwh_per_t": "1,000 to 1,700",
    "cost_eur_per_t": "300 to 525",
    "downgrade_eur_per_t": "-",
    "metal_yield": "82 to 89",
    "stock_days": "19 to 44, usually about 30",
    "price_eur_per_t": "-",
    "late_d": "-",
    "misapplied_share": "-",
    "lead_time_p50_d": "35 to 60",
    "lead_time_p90_d": "-",
    "on_time_share": "95 is what one wants",
    "orders_shipped": "-",
}
"""What is usual, from memory."""


def figures() -> str:
    """The figures of both practices."""
    usual, other = ran("usual").figures, ran("recentred").figures
    rows = [
        (f"`{name}`", usual[name].unit, f"{usual[name].value:,.4g}", f"{other[name].value:,.4g}", told)
        for name, told in RANGES.items()
    ]
    for family in ("high", "middle", "low"):
        shares = [f.figures["off_grade_share"].by["family"].get(family, 0.0) for f in (ran("usual"), ran("recentred"))]
        rows.append((f"`off_grade_share`, {family} silicon", "%", *(f"{share:.1f}" for share in shares), ""))
    return table(("figure", "unit", "usual", "re-centred", "usual works, from memory"), rows)


def recentring() -> str:
    """What a month of trials changed in the table."""
    usual, other = rules_of("usual", 0).table, rules_of("recentred", 0).table
    rows = []
    for key in GRADES:
        a, b = usual[key], other[key]
        rows.append(
            (
                key,
                f"{a.reheating.discharge_degc:,.0f} → {b.reheating.discharge_degc:,.0f}",
                f"{a.annealing.soak_degc:,.0f} → {b.annealing.soak_degc:,.0f}",
                f"{a.annealing.speed_m_min:.0f} → {b.annealing.speed_m_min:.0f}",
                f"{a.vacuum.al_over:+.2f} → {b.vacuum.al_over:+.2f}",
            )
        )
    return table(("grade", "slab on leaving the furnace, °C", "soak, °C", "line speed, m/min", "Al over aim, %"), rows)


def noise_floor() -> str:
    """How well the tested loss could be foretold at best."""
    known = floor()
    rows = [
        (
            f"`{s.segment}`" if s is not known.repeat else "only the repeated test scatters",
            f"{s.r2:.4f} ± {s.r2_se:.4f}",
            f"{s.within:.2f} ± {s.within_se:.2f}",
            f"{s.left_w_kg:.3f} W/kg",
            f"{s.left_percent:.1f} %",
        )
        for s in (*known.standings, known.repeat)
    ]
    head = ("standing after", "R², order mix", "R², within grades", "left, order mix", "left, of the limit")
    told = f"{known.coils:,} tests: standard deviation {known.sd_w_kg:.2f} W/kg over the mix and "
    return f"{table(head, rows)}\n\n{told}{known.within_percent:.1f} % of the limit within grades."


def instrument_floor() -> str:
    """How well it could be foretold at best by who sees readings only."""
    rows = [(f"`{s.segment}`", f"{s.left_w_kg:.3f} W/kg", f"{s.left_percent:.2f} %") for s in read_floor()]
    return table(("standing after", "left, order mix", "left, of the limit"), rows)


CHEAP: Final[dict[str, Callable[[], str]]] = {
    "units": units,
    "disturbances": disturbances,
    "interlocks": interlocks,
    "certainties": certainties,
    "constants": constants,
    "known-answers": known_answers,
}
"""Held to the code by a test."""

DEAR: Final[dict[str, Callable[[], str]]] = {
    "figures": figures,
    "recentring": recentring,
    "noise-floor": noise_floor,
    "instrument-floor": instrument_floor,
}
"""Of runs; some minutes."""
