"""What the figures were measured on."""

import os
import platform
from importlib.metadata import version

LIBRARIES = ("lightgbm", "numpy", "polars", "scikit-learn")


def machine() -> dict[str, str]:
    """Cores, system and versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    known = {name: version(name) for name in LIBRARIES}
    return {"cores": str(cores), "system": platform.system(), "python": platform.python_version(), **known}
