"""A small ladle furnace that does not exist: a heat balance with hidden ladle wear, to prove the hub on.

Found by the entry point ``pilothouse.plants`` as ``ladle-furnace``.
"""

from proving_ground.ladle_furnace.family import LadleFurnaceFamily

family = LadleFurnaceFamily()
"""What the entry point names."""
