"""`connect browse`: nodes listed, matched to a plant, and a list proposed that never overwrites another."""

import asyncio
import csv
import threading

import pytest
from tests.connect.opcua.conftest import free_port

from pilothouse.edge.opcua import Space, Variable

PLANT_TOML = """
schema = 1

[plant]
key = "line"
name = "Line"
time_zone = "UTC"
currency = "EUR"

[[equipment]]
key = "line"
level = "work_unit"
name = "Line"

[[connection]]
key = "plc"
kind = "opcua"
url = "{url}"
"""
PARAMETERS = """key,name,kind,unit,role,equipment
speed,Line speed,speed,m/min,measured,line
heat,Temperature,temperature,degC,measured,line
"""


@pytest.fixture(scope="module")
def server():
    """A small server in a thread of its own."""
    url = f"opc.tcp://127.0.0.1:{free_port()}"
    loop, ready = asyncio.new_event_loop(), threading.Event()
    variables = [Variable(key=key, name=key, folder="line") for key in ("speed", "other")]
    space = Space(url, "urn:test:line", {"line": None}, variables, keep_s=10.0)

    def serve():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(space.start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(space.stop())
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(120.0)
    yield url
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def folder(server, tmp_path):
    (tmp_path / "plant.toml").write_text(PLANT_TOML.format(url=server), encoding="utf-8")
    (tmp_path / "parameters.csv").write_text(PARAMETERS, encoding="utf-8")
    return tmp_path


def test_a_url_is_listed(run, server):
    said = run("connect", "browse", server)
    assert said.code == 0
    assert "nsu=urn:test:line;s=speed" in said.out


def test_a_folder_gets_a_proposed_list_once(run, folder):
    said = run("connect", "browse", str(folder), "--json")
    assert said.code == 0
    assert [row["parameter"] for row in said.json["matched"]] == ["speed"]
    assert said.json["unmatched"] == ["heat"]
    with (folder / "addresses-proposed.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["address"] == "nsu=urn:test:line;s=speed"
    again = run("connect", "browse", str(folder))
    assert again.code == 3
    assert "is there already" in again.err


def test_a_url_can_be_matched_to_a_plant(run, folder, server, tmp_path):
    said = run("connect", "browse", server, "--plant", str(folder), "--out", str(tmp_path / "new.csv"))
    assert said.code == 0
    assert "1 matched, 1 parameters without a node" in said.out


def test_what_cannot_be_browsed_is_told(run, folder):
    assert "no OPC UA connection 'plx'" in run("connect", "browse", str(folder), "--connection", "plx").err
    assert run("connect", "browse", f"opc.tcp://127.0.0.1:{free_port()}", "--json").json["code"] == "source"
    text = (folder / "plant.toml").read_text(encoding="utf-8")
    (folder / "plant.toml").write_text(text.replace("opcua", "sparkplug"), encoding="utf-8")
    assert "no connection of kind opcua" in run("connect", "browse", str(folder)).err
