"""Known physics of the loss of electrical steel strip: Bertotti's three parts, over what can be measured of it.

::

    P = P_h + pi^2 B^2 f^2 t^2/(6 rho d) + 8.76 sqrt(G V0 S/rho) (B f)^1.5/d

at 1.5 T and 50 Hz, in W/kg (Bertotti 1988; from memory). The hysteresis part, the density (IEC 60404-2) and the
resistivity are handbook forms with constants that reproduce the ladder of grades of EN 10106 within 0.16 W/kg: a
plausibility fit, not measured strip. A model learns what it leaves over.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

QUANTITIES: Final[Mapping[str, str]] = {
    "si": "mass %",
    "al": "mass %",
    "mn": "mass %",
    "p": "mass %",
    "s_ppm": "ppm",
    "n_ppm": "ppm",
    "o_ppm": "ppm",
    "ti_ppm": "ppm",
    "c_ppm": "ppm",
    "grain_um": "um",
    "thickness_mm": "mm",
}
"""What the loss depends on, with units."""

B_T: Final = 1.5
F_HZ: Final = 50.0
SAMPLE_M: Final = 0.03
"""Width of an Epstein strip."""


def loss_parts_w_kg(strip: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Hysteresis, classical and excess loss at 1.5 T and 50 Hz, each (n,) in W/kg.

    Parameters
    ----------
    strip
        Every one of :data:`QUANTITIES` (n,), finite and above 0 where it divides.

    Examples
    --------
    >>> typical = {"si": 3.08, "al": 0.88, "mn": 0.2, "p": 0.01, "s_ppm": 15, "n_ppm": 20, "o_ppm": 20, "ti_ppm": 12,
    ...            "c_ppm": 20, "grain_um": 122, "thickness_mm": 0.35}
    >>> [round(float(part[0]), 2) for part in loss_parts_w_kg({k: np.array([v]) for k, v in typical.items()})]
    [1.62, 0.25, 0.48]
    """
    si, al, mn, p, grain = (strip[key] for key in ("si", "al", "mn", "p", "grain_um"))
    rho = 1e-8 * (13.25 + 11.3 * (si + al + 0.5 * mn) + 12.0 * p)
    density = 7865.0 - 65.0 * (si + 1.7 * al)
    thick = 1e-3 * strip["thickness_mm"]
    hysteresis = (
        1.88
        - 0.356 * (si + 0.6 * al)
        + 70.0 / grain
        + 0.001 * np.maximum(grain - 110.0, 0.0)
        + 0.008 * strip["s_ppm"]
        + 0.006 * strip["n_ppm"]
        + 0.005 * strip["o_ppm"]
        + 0.008 * strip["ti_ppm"]
        + 0.010 * np.maximum(strip["c_ppm"] - 25.0, 0.0)
    )
    classical = (np.pi * B_T * F_HZ * thick) ** 2 / (6.0 * rho * density)
    walls = 0.1356 * 0.14 * grain / 100.0 * SAMPLE_M * thick
    excess = 8.76 * np.sqrt(walls / rho) * (B_T * F_HZ) ** 1.5 / density
    return hysteresis, classical, excess
