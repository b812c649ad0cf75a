"""The end point of the converter: carbon and temperature after the sublance's shot, and the last oxygen and coolant."""
