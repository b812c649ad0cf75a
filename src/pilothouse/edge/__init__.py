"""Edge: a plant that does not exist, given out over a real protocol, as the plant side of a connection."""
