"""Set-points: levers, aims, and the cheapest range that keeps a probability."""
