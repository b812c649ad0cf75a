"""The silicon mill's server as it would be made, without making the mill: its words are enough."""

import numpy as np

from pilothouse.connect.address import read_addresses
from pilothouse.edge.opcua import addresses_of, find_places, plant_of, write_addresses
from pilothouse.edge.opcua.places import folders_of, variables_of
from pilothouse.plants import Tick, find_plant_families


def test_a_list_of_addresses_for_all_1080_parameters_is_read_without_fault(tmp_path):
    plant = plant_of(find_plant_families()["silicon-mill"])
    keys = tuple(plant.parameters)
    zeros = np.zeros(len(keys), dtype=np.int64)
    tick = Tick(
        at_ns=1,
        parameters=keys,
        values=np.zeros(len(keys)),
        statuses=np.zeros(len(keys), dtype=np.uint8),
        happened_ns=zeros,
        known_ns=zeros,
        pieces=tuple("P1" for _ in keys),
    )
    places = find_places(plant, [tick])
    laboratory = {key for key, one in plant.parameters.items() if one.role == "laboratory"}
    assert set(places.own) == laboratory
    write_addresses(tmp_path / "addresses.csv", addresses_of(plant, places))
    faults = []
    read = read_addresses(tmp_path / "addresses.csv", plant, faults)
    assert faults == []
    assert len(read.parameters) == 1_080
    assert len(read.pieces) == len(places.equipment) + len(laboratory)
    folders = folders_of(plant)
    variables = variables_of(plant, places)
    assert {one.folder for one in variables} <= set(folders)
    assert len({one.key for one in variables}) == len(variables)
    assert read.writable == {one.key for one in variables if one.is_writable}
