"""The furnace's constants: what they are, within which range they are uncertain, and who says so.

*Calibrated* here means: fitted until the statistics of the generated heats resembled those of a real ladle furnace's
records. ``plant_variation`` 0 is the nominal plant; every other K draws each constant uniformly inside its range.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _c

FAMILY: Final = "ladle-furnace"
"""Key of the family, and part of the name of every random stream."""

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        # ---- heat balance -------------------------------------------------------------------------------------
        "heat_mass_t": _c(100, 90, 112, "t", "guessed", "a common ladle size; only its ratio to efficiency shows"),
        "heat_mass_sd": _c(0.025, 0.015, 0.035, "1", "guessed", "tapped mass and slag carry-over differ by heat"),
        "steel_heat_kwh_per_tk": _c(
            0.2306, 0.2278, 0.2333, "kWh/(t K)", "sourced", "liquid steel 0.82-0.84 kJ/kgK, textbook (from memory)"
        ),
        "efficiency": _c(
            0.47, 0.43, 0.51, "1", "calibrated", "18.5 K per MWh on recorded heats; 0.3-0.6 is usual (from memory)"
        ),
        "efficiency_sd": _c(0.07, 0.055, 0.085, "1", "calibrated", "slag depth and foam differ by heat"),
        "arc_sd": _c(0.05, 0.03, 0.08, "1", "guessed", "foam and electrode height differ by arc"),
        "arc_power_mw": _c(13.4, 11.5, 15.0, "MW", "calibrated", "recorded energy over duration: 10-16 MW"),
        "shell_kw_per_k": _c(4.5, 3.8, 5.4, "kW/K", "calibrated", "quiet cooling 2 K/min early, 1.1 K/min later"),
        "lining_kwh_per_k": _c(3.6, 2.9, 4.5, "kWh/K", "guessed", "some 12 t of brick take part within an hour"),
        "outer_kw_per_k": _c(0.41, 0.32, 0.54, "kW/K", "guessed", "steel shell at 250-300 degC"),
        "surface_kw": _c(350, 270, 430, "kW", "calibrated", "closes the quiet cooling rate after soaking"),
        "surface_sd": _c(0.26, 0.18, 0.34, "1", "guessed", "slag cover and lid seat differ by heat"),
        "bare_share": _c(
            0.05, 0.03, 0.08, "1", "guessed", "heats whose slag cover breaks open: surface loss 2.2 times"
        ),
        "raw_slag": _c(0.82, 0.74, 0.9, "1", "guessed", "arc efficiency before the slag formers have melted"),
        "stir_kw_per_nm3_min": _c(900, 600, 1200, "kW/(Nm3/min)", "guessed", "open eye over the plug"),
        "mixing_min": _c(2.4, 1.8, 3.2, "min", "guessed", "mixing times of 2-3 min are usual (from memory)"),
        "arc_to_surface": _c(0.05, 0.03, 0.08, "1", "guessed", "share of arc heat not yet mixed in when measured"),
        # ---- ladles, electrodes, lots: what nobody records --------------------------------------------------------
        "lining_life_heats": _c(70, 55, 90, "heats", "guessed", "usual campaign of a slag line"),
        "wear_effect": _c(0.38, 0.25, 0.5, "1", "guessed", "shell loss of a worn lining over a new one"),
        "electrode_effect": _c(0.06, 0.03, 0.09, "1", "guessed", "efficiency lost until the electrodes are changed"),
        "practice_step": _c(0.05, 0.03, 0.08, "1", "guessed", "efficiency step when slag formers change supplier"),
        "idle_min": _c(75, 55, 100, "min", "guessed", "ladle without steel between two heats"),
        "chill_sd": _c(0.18, 0.1, 0.26, "1", "guessed", "moisture and grade of an addition lot"),
        # ---- sensors ----------------------------------------------------------------------------------------------
        "probe_sd_k": _c(
            1.9, 1.5, 2.4, "K", "calibrated", "repeats within a minute; immersion probes 2-4 K (from memory)"
        ),
        "first_probe_sd_k": _c(3.0, 2.3, 3.8, "K", "calibrated", "the bath is not yet mixed at the first reading"),
        "cold_spot_share": _c(0.035, 0.02, 0.05, "1", "calibrated", "recorded repeats after a reading far too low"),
        "cold_spot_k": _c(16, 11, 22, "K", "calibrated", "mean depth of such a reading, exponential"),
        "fault_share": _c(0.0005, 0.0003, 0.0009, "1", "calibrated", "5 of 9,854 recorded readings below 1,450 degC"),
        "probe_drift_k": _c(0.5, 0.2, 0.9, "K", "guessed", "bias of a box of probes"),
        # ---- orders and arrival ---------------------------------------------------------------------------------
        "arrival_sd_k": _c(21, 18, 24, "K", "calibrated", "recorded first readings: sd 24 K, a third of it shared"),
        "heats_between_min": _c(50, 45, 56, "min", "calibrated", "recorded: median 46 min, mean 56 min with stops"),
        "treatment_min": _c(19, 16, 22, "min", "calibrated", "recorded: median 27 min first to last reading"),
    }
)
"""Every uncertain constant by name."""
