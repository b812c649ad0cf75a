"""Draw what the proving ground's pages show: `python docs/proving-ground/draw.py`.

The plots here show what the plant's own equations say, so that a reader can hold them against what is known of the
steel. Pictures of running plants stand in `mill_pictures.py`, tables in `mill_tables.py`. The same code gives the same
bytes with the same fonts and versions.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from look import BLUE, GREEN, INK, ORANGE, RED, drawing
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mill_pictures import PICTURES
from mill_tables import CHEAP, DEAR, pages, redrawn
from numpy.typing import NDArray

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Steel
from proving_ground.silicon_mill.stages import grain
from proving_ground.silicon_mill.stages.loss import Split, Strip, specific_loss, target_w_kg, typical_strip
from proving_ground.silicon_mill.stages.reheating import dissolved_n_ppm, dissolved_s_ppm

USUAL: Final = "M250-35A"
SOAK_DEGC: Final = 1020.0
SOAK_S: Final = 60.0
START_UM: Final = 16.0
"""Grain size when the strip has just recrystallised."""


def main() -> None:
    """Draw everything anew: plots of the equations, pictures of running plants, and the tables on the pages."""
    for name, draw in (DRAWINGS | PICTURES).items():
        with drawing(name) as figure:
            draw(figure)
    for page in pages():
        page.write_text(redrawn(page.read_text(encoding="utf-8"), DEAR | CHEAP), encoding="utf-8")


def loss_over_grain(figure: Figure) -> None:
    """Hysteresis falls with the grain, eddy currents around walls rise: the best size is smaller at 400 Hz."""
    sizes = np.linspace(30.0, 240.0, 211)
    left, right = figure.subplots(1, 2)
    for axes, b_t, f_hz in ((left, 1.5, 50.0), (right, 1.0, 400.0)):
        strip = typical_strip(GRADES[USUAL])
        splits = [specific_loss(replace(strip, grain_um=size), b_t, f_hz) for size in sizes.tolist()]
        _parts(axes, sizes, splits)
        totals = [split.total for split in splits]
        best = int(np.argmin(totals))
        axes.plot(sizes[best], totals[best], "o", color=INK, markersize=6)
        axes.annotate(
            f"least: {totals[best]:.2f} W/kg at {sizes[best]:.0f} µm",
            (sizes[best], totals[best]),
            xytext=(0, 13),
            textcoords="offset points",
            ha="center",
            fontsize=8.0,
        )
        axes.set(title=f"{b_t:g} T, {f_hz:g} Hz", xlabel="grain size, µm", xlim=(20.0, 240.0))
        axes.set_ylim(0.0, 1.12 * max(totals))
    left.set_ylabel(f"specific loss of {USUAL}, W/kg")
    right.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.5, 0.0))


def _parts(axes: Axes, sizes: NDArray[np.float64], splits: list[Split]) -> None:
    lines = (
        ("sum", [s.total for s in splits], INK, "-"),
        ("hysteresis", [s.hysteresis for s in splits], BLUE, "-"),
        ("excess", [s.excess for s in splits], RED, "--"),
        ("classical", [s.classical for s in splits], GREEN, ":"),
    )
    for label, values, colour, style in lines:
        axes.plot(sizes, values, color=colour, linestyle=style, linewidth=2.0, label=label)


def ladder(figure: Figure) -> None:
    """Each grade as it is meant: what its loss consists of, the mill's target and the limit of the standard."""
    axes = figure.add_subplot()
    splits = [specific_loss(typical_strip(grade), 1.5, 50.0) for grade in GRADES.values()]
    places = np.arange(len(GRADES))
    under = np.zeros(len(GRADES))
    for label, colour, hatch in (("hysteresis", BLUE, ""), ("classical", GREEN, "//"), ("excess", ORANGE, "")):
        part = np.array([getattr(split, label) for split in splits])
        axes.bar(places, part, 0.62, bottom=under, color=colour, hatch=hatch, edgecolor="white", label=label)
        under += part
    limits = [grade.loss_limit_w_kg for grade in GRADES.values()]
    targets = [target_w_kg(grade) for grade in GRADES.values()]
    axes.hlines(limits, places - 0.42, places + 0.42, color=INK, linewidth=2.0, label="limit, EN 10106")
    axes.plot(places, targets, "D", color="white", markeredgecolor=INK, markersize=5, linestyle="none", label="target")
    for place, split in zip(places.tolist(), splits, strict=True):
        axes.text(place, 0.15, f"{split.total:.2f}", color="white", ha="center")
    axes.set_xticks(places, list(GRADES), rotation=35, ha="right", rotation_mode="anchor")
    axes.set(ylabel="loss at 1.5 T and 50 Hz, W/kg", ylim=(0.0, 8.8))
    axes.grid(visible=False, axis="x")
    axes.legend(loc="upper left", ncols=2)


def loss_over_sulphur(figure: Figure) -> None:
    """Sulphur costs loss twice, and the second time only as far as the reheating furnace dissolved it."""
    contents = np.linspace(2.0, 45.0, 87)
    left, right = figure.subplots(1, 2)
    for temp_degc, colour, style in ((1120.0, BLUE, "-"), (1150.0, ORANGE, "-."), (1200.0, RED, "--")):
        strips = [annealed(s_ppm, temp_degc) for s_ppm in contents.tolist()]
        label = f"reheated to {temp_degc:,.0f} °C"
        losses = [specific_loss(strip, 1.5, 50.0).total for strip in strips]
        left.plot(contents, losses, color=colour, linestyle=style, linewidth=2.0, label=label)
        right.plot(contents, [strip.grain_um for strip in strips], color=colour, linestyle=style, linewidth=2.0)
    limit = GRADES[USUAL].loss_limit_w_kg
    left.axhline(limit, color=INK, linewidth=1.0)
    left.annotate(f"limit {limit:.2f}", (1.0, limit), xytext=(0, 3), textcoords="offset points", fontsize=8.0)
    left.set(xlabel="total sulphur, ppm", ylabel=f"loss of {USUAL} at 1.5 T and 50 Hz, W/kg", xlim=(0.0, 46.0))
    right.set(xlabel="total sulphur, ppm", ylabel="final grain size, µm", xlim=(0.0, 46.0), ylim=(0.0, 125.0))
    left.legend(loc="lower right")


def annealed(s_ppm: float, reheat_degc: float) -> Strip:
    """A usual strip with that much sulphur, its grain as one reheating and a fixed soak leave it."""
    usual = typical_strip(GRADES[USUAL])
    steel = Steel(si=usual.si, al=usual.al, mn=usual.mn, s_ppm=s_ppm, n_ppm=usual.n_ppm)
    nominal = {key: c.nominal for key, c in grain.CONSTANTS.items()}
    s_fine = grain.fine_sulphur_ppm(
        dissolved_s_ppm(reheat_degc, steel),
        650.0,
        share=nominal["fal_grain_fine_s"],
        ripening=nominal["fal_grain_ripening"],
    )
    n_fine = nominal["fal_grain_fine_n"] * dissolved_n_ppm(reheat_degc, steel)
    limit_um = grain.pinned_um(grain.fine_volume(s_fine, n_fine), nominal["fal_grain_radius_nm"])
    size_um = grain.grown(START_UM, SOAK_DEGC, SOAK_S, k0=nominal["fal_grain_k0"], limit_um=limit_um)
    return replace(usual, s_ppm=s_ppm, grain_um=size_um)


DRAWINGS: Final[dict[str, Callable[[Figure], None]]] = {
    "loss-over-grain": loss_over_grain,
    "ladder": ladder,
    "loss-over-sulphur": loss_over_sulphur,
}

if __name__ == "__main__":
    main()
