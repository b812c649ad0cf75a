"""How well the end of a blow could be foretold on the silicon mill, by luck that nobody can see before it happens."""

import numpy as np

from benchmarks.figure import Figure
from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.stages.converter_balance import decarburised, oxygen_between
from proving_ground.silicon_mill.stages.converter_level2 import K_PER_NM3

SEED, DRAWN, BATH_T, USUAL_C = 12, 20_000, 282.0, 0.044
SHOT_C, SHOT_C_SD = 0.31, 0.07
"""Where heats of this mill stand at the shot, mass %."""
INSTRUMENTS = {"sublance_shot01": ("carbon", "temperature"), "end": ("C", "temperature")}


def limits(variation: int, carbon_tolerance: float, temperature_tolerance_k: float) -> tuple[float, float]:
    """Chance that both land within tolerance of the best forecast: of who knows the heat, and of who measures it.

    Drawn from the plant's own constants for heats of its usual charge.
    """
    c, known = draw(FAMILY, CONSTANTS, variation), parameters()
    rng = np.random.default_rng(SEED)
    shot, end = ({q: known[f"BOF.{at}.{q}"].noise_sd for q in of} for at, of in INSTRUMENTS.items())
    luck = rng.standard_normal((DRAWN, 7))
    critical, floor = np.clip(c["bof_critical_c"] + c["bof_critical_sd"] * luck[:, 0], 0.18, 0.40), c["bof_floor_c"]
    carbon = np.clip(SHOT_C + SHOT_C_SD * luck[:, 1], 0.12, 0.55)
    measured = carbon + shot["carbon"] * luck[:, 2]
    aim = oxygen_between(USUAL_C, BATH_T, c["bof_critical_c"], floor)
    nm3 = aim - np.array([oxygen_between(m, BATH_T, c["bof_critical_c"], floor) for m in measured])
    drift = c["bof_end_use_sd"] * luck[:, 3] * nm3

    def ends(given: np.ndarray) -> np.ndarray:
        at = [oxygen_between(x, BATH_T, k, floor) for x, k in zip(carbon, critical, strict=True)]
        return np.array([decarburised(a + g, BATH_T, k, floor) for a, g, k in zip(at, given, critical, strict=True)])

    came = ends(nm3 + drift) + end["C"] * luck[:, 4]
    heat = c["bof_end_sd_k"] * luck[:, 5] + K_PER_NM3 * drift + end["temperature"] * luck[:, 6]
    near = np.abs(came - ends(nm3)) <= carbon_tolerance
    blind = np.abs(came - np.median(came)) <= carbon_tolerance
    cold = heat + shot["temperature"] * rng.standard_normal(DRAWN)
    knowing = near & (np.abs(heat) <= temperature_tolerance_k)
    measuring = blind & (np.abs(cold) <= temperature_tolerance_k)
    return float(knowing.mean()), float(measuring.mean())


def limit_figures(found: list[tuple[float, float]]) -> list[Figure]:
    """Of several plants, pooled."""
    knowing, measuring = np.mean(found, axis=0).tolist()
    return [
        Figure(name="limit of both: who knew the heat exactly at its shot", value=knowing, unit="1"),
        Figure(name="limit of both: with this sublance and critical carbon unknown", value=measuring, unit="1"),
    ]
