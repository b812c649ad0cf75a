"""Pictures of the silicon mill at work: nominal plant, seed 1, usual practice unless said."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from look import BLUE, GREEN, INK, MUTED, ORANGE, PINK, RED, SKY
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from mill_runs import DRIFT_DAYS, DRIFT_LASTS, drifted, floor, ran

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.orders import QUOTED_D
from proving_ground.silicon_mill.stocks import PLACES

COLOURS: Final = {"usual": BLUE, "recentred": ORANGE}
WORDS: Final = {"usual": "usual", "recentred": "re-centred"}

USUAL_DEFECTS: Final[Mapping[str, tuple[float, float]]] = {
    "loss": (4.0, 7.0),
    "b50": (1.0, 2.0),
    "thickness": (1.5, 3.0),
    "scale": (1.0, 2.0),
    "edge_crack": (0.5, 1.5),
    "ridging": (0.5, 2.0),
    "coating": (1.0, 2.0),
    "inclusion": (0.8, 1.5),
    "pick_up": (0.5, 1.0),
    "flatness": (1.0, 1.5),
}
"""Share of coils with a defect at a usual works, % (from memory)."""

WATCHED: Final = "M270-35A"
"""The grade whose tests are charted."""


def loss_by_grade(figure: Figure) -> None:
    """How close each grade lies to its limit: boxes hold half of the coils, whiskers 96 of 100."""
    axes = figure.add_subplot()
    for shift, practice in ((-0.19, "usual"), (0.19, "recentred")):
        coils = ran(practice).coils
        shares = [
            [100.0 * c.loss_w_kg / grade.loss_limit_w_kg for c in coils if c.grade == key]
            for key, grade in GRADES.items()
        ]
        colour = COLOURS[practice]
        axes.boxplot(
            shares,
            positions=np.arange(len(GRADES)) + shift,
            widths=0.3,
            whis=(2.0, 98.0),
            patch_artist=True,
            boxprops={"facecolor": colour, "alpha": 0.55, "edgecolor": colour},
            medianprops={"color": INK, "linewidth": 1.4},
            whiskerprops={"color": colour},
            capprops={"color": colour},
            flierprops={"marker": ".", "markersize": 3, "markerfacecolor": colour, "markeredgecolor": "none"},
            manage_ticks=False,
        )
    axes.hlines(100.0, -0.6, 10.5, color=INK, linewidth=1.2)
    axes.annotate("limit\nEN 10106", (10.55, 100.0), fontsize=8.0, va="center")
    labels = [f"{key[:4]}\n{key[4:]}\n{grade.loss_limit_w_kg:.2f}" for key, grade in GRADES.items()]
    axes.set_xticks(np.arange(len(GRADES)), labels, fontsize=8.0)
    axes.set(xlabel="grade and its limit, W/kg", ylabel="true P1.5/50 over the limit, %", xlim=(-0.6, 11.5))
    axes.grid(visible=False, axis="x")
    _practices(axes, "lower right")


def _practices(axes: Axes, loc: str) -> None:
    axes.legend(handles=[Patch(color=COLOURS[p], alpha=0.7, label=WORDS[p]) for p in COLOURS], loc=loc, ncols=2)


def defects(figure: Figure) -> None:
    """Causes for which coils cannot be sold as made, the commonest first."""
    axes = figure.add_subplot()
    shares = {practice: ran(practice).figures["defect_share"].by["cause"] for practice in COLOURS}
    causes = sorted(shares["usual"], key=lambda cause: shares["usual"][cause], reverse=True)
    places = np.arange(len(causes))
    for shift, practice in ((-0.2, "usual"), (0.2, "recentred")):
        values = [shares[practice][cause] for cause in causes]
        axes.bar(places + shift, values, 0.36, color=COLOURS[practice], label=WORDS[practice])
    low, high = np.array([USUAL_DEFECTS[cause] for cause in causes]).T
    axes.errorbar(
        places,
        0.5 * (low + high),
        yerr=0.5 * (high - low),
        fmt="none",
        ecolor=INK,
        capsize=3,
        linewidth=1.2,
        label="usual works, from memory",
    )
    names = {"b50": "B50", "edge_crack": "edge crack", "pick_up": "pick-up"}
    axes.set_xticks(places, [names.get(cause, cause) for cause in causes], rotation=30, ha="right")
    axes.set(ylabel="coils with the defect, %")
    axes.grid(visible=False, axis="x")
    axes.legend(loc="upper right")


def drifting_pyrometer(figure: Figure) -> None:
    """The pyrometer reads more and more, level 2 obeys it, the strip gets colder, the tests tell it days later."""
    coils = [c for c in drifted().coils if c.grade == WATCHED and c.day > 0.0]
    days = np.array([c.day for c in coils])
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.25, 1.0))
    dots = {"linestyle": "none", "markersize": 4.5, "alpha": 0.75, "markeredgewidth": 0.0}
    upper.plot(days, [c.shown_degc for c in coils], "o", color=ORANGE, label="shown", **dots)
    upper.plot(days, [c.soak_degc for c in coils], "s", color=BLUE, label="true", **dots)
    upper.set(ylabel="soak, °C")
    upper.margins(y=0.2)  # room for the words
    upper.legend(loc="lower left", ncols=2)
    limit = GRADES[WATCHED].loss_limit_w_kg
    lower.plot(days, [100.0 * c.tested_w_kg / limit for c in coils], "D", color=GREEN, **dots)
    lower.axhline(100.0, color=INK, linewidth=1.2)
    lower.annotate("limit", (DRIFT_LASTS, 100.0), xytext=(0, 3), textcoords="offset points", fontsize=8.0, ha="right")
    lower.set(ylabel="tested loss over limit, %", xlabel="day after the run-in", xlim=(0.0, DRIFT_LASTS))
    first = (20.0, "calibrated", "--")
    begun, repaired = (DRIFT_DAYS[0], "drift begins", ":"), (DRIFT_DAYS[1], "calibrated, repaired", "--")
    for day, words, style in (first, begun, repaired):
        for axes in (upper, lower):
            axes.axvline(day, color=RED, linestyle=style, linewidth=1.2)
        left = words == "drift begins"
        upper.annotate(
            words,
            (day, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if left else 4, -2),
            textcoords="offset points",
            fontsize=8.0,
            color=RED,
            ha="right" if left else "left",
            va="top",
        )
    upper.set_title(f"{WATCHED}, each coil at the hour of its anneal", fontsize=9.0)


def metal_on_the_floor(figure: Figure) -> None:
    """Where metal waits, and how long orders take."""
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1.0))
    noted = ran("usual").stocks
    days = [day for day, _ in noted]
    colours = (MUTED, RED, ORANGE, GREEN, SKY, BLUE)
    series = [[stock[place] / 1000.0 for _, stock in noted] for place in PLACES]
    left.stackplot(days, series, colors=colours, labels=PLACES, linewidth=0.0, alpha=0.9)
    left.set(xlabel="day after the run-in", ylabel="metal on the floor, kt", xlim=(0.0, days[-1]))
    left.set_ylim(0.0, 1.42 * max(sum(stock.values()) for _, stock in noted) / 1000.0)
    handles, labels = left.get_legend_handles_labels()
    left.legend(handles[::-1], labels[::-1], loc="upper center", ncols=2)
    bins = np.arange(0.0, 90.0, 3.0)
    for practice, filled in (("usual", True), ("recentred", False)):
        taken = [(o.shipped_h - o.booked_h) / 24.0 for o in ran(practice).flow.tally.shipped if o.shipped_h]
        weights = np.full(len(taken), 100.0 / len(taken))
        kind = {"histtype": "stepfilled", "alpha": 0.5} if filled else {"histtype": "step", "linewidth": 2.0}
        right.hist(taken, bins=bins, weights=weights, color=COLOURS[practice], label=WORDS[practice], **kind)
    right.axvline(QUOTED_D, color=INK, linewidth=1.2)
    right.annotate(
        "quoted",
        (QUOTED_D, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        fontsize=8.0,
        textcoords="offset points",
        va="top",
    )
    right.set(xlabel="order booked to shipped, days", ylabel="share of orders, %", xlim=(0.0, 90.0))
    right.legend(loc="center right")


def noise_floor(figure: Figure) -> None:
    """How much of the tested loss could be told at best, standing after each segment."""
    axes = figure.add_subplot()
    standings = (*floor().standings, floor().repeat)
    places = np.arange(len(standings))
    errors = {"ecolor": INK, "capsize": 2.5, "error_kw": {"linewidth": 1.0}}
    mix, within = [s.r2 for s in standings], [s.within for s in standings]
    axes.bar(places - 0.2, mix, 0.36, yerr=[s.r2_se for s in standings], color=SKY, label="order mix", **errors)
    axes.bar(
        places + 0.2, within, 0.36, yerr=[s.within_se for s in standings], color=PINK, label="within grades", **errors
    )
    for place, mixed, own in zip(places.tolist(), mix, within, strict=True):
        axes.text(place - 0.2, 0.02, f"{mixed:.3f}", ha="center", rotation=90, fontsize=7.5)
        axes.text(place + 0.2, 0.02, f"{own:.2f}", ha="center", rotation=90, fontsize=7.5)
    names = [s.segment for s in standings[:-1]]
    axes.set_xticks(places, [*names, "only the test\nscatters"], rotation=30, ha="right")
    axes.set(ylabel="best R² of the tested P1.5/50", ylim=(0.0, 1.15), yticks=np.arange(0.0, 1.01, 0.2))
    axes.grid(visible=False, axis="x")
    axes.legend(loc="upper left", ncols=2)


PICTURES: Final[dict[str, Callable[[Figure], None]]] = {
    "mill-loss-by-grade": loss_by_grade,
    "mill-defects": defects,
    "mill-drifting-pyrometer": drifting_pyrometer,
    "mill-metal-on-the-floor": metal_on_the_floor,
    "mill-noise-floor": noise_floor,
}
