"""What the plots of these pages look like; the same fonts and versions give the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

IMAGES: Final = Path(__file__).parent / "images"

DOTTED: Final = ("mill-drifting-pyrometer",)
"""Pictures of many points."""

INK: Final = "#1d2a36"
MUTED: Final = "#66727e"
RULE: Final = "#e4e8ec"
BLUE: Final = "#0072b2"  # Okabe and Ito's palette: told apart with any eyes
ORANGE: Final = "#e69f00"
GREEN: Final = "#009e73"
RED: Final = "#d55e00"
SKY: Final = "#56b4e9"
PINK: Final = "#cc79a7"

STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.color": RULE,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "svg.hashsalt": "pilothouse",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def drawing(name: str, *, height: float = 3.7) -> Iterator[Figure]:
    """A figure that is written when it is drawn; one of many points as pixels, which take less room."""
    IMAGES.mkdir(exist_ok=True)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        yield figure
        if name in DOTTED:
            figure.savefig(IMAGES / f"{name}.png", dpi=150, metadata={"Software": None})
        else:
            figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None, "Creator": None})
