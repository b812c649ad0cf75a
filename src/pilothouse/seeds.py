"""Named random streams: one root seed per run, a child stream per name.

A stream depends on the seed and its names alone, so a new consumer never shifts another's numbers.
"""

from zlib import crc32

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """The random stream of these names under a root seed.

    Examples
    --------
    >>> a = stream(7, "ladle-furnace", "noise").normal()
    >>> b = stream(7, "ladle-furnace", "noise").normal()
    >>> bool(a == b), bool(a == stream(7, "ladle-furnace", "wear").normal())
    (True, False)
    """
    key = tuple(crc32(name.encode()) for name in names)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
