"""A silicon-steel mill that does not exist: hot metal to slit coil, 1,080 parameters, to prove the hub on."""
