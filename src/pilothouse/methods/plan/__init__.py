"""Which piece serves which order: exact assignment, scarcity of what is to come, worth of a move."""
