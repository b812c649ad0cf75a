"""A silicon-steel mill that does not exist: hot metal to slit coil, 1,080 parameters, to prove the hub on.

Found by the entry point ``pilothouse.plants`` as ``silicon-mill``.
"""

from proving_ground.silicon_mill.family import SiliconMillFamily

family = SiliconMillFamily()
"""What the entry point names."""
