"""The hub killed with -9 again and again while values come in: nothing that was acknowledged is lost or doubled."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import paho.mqtt.client as paho
import pytest

from pilothouse.clock import now_ns, stopwatch_s
from pilothouse.historian.series.store import SeriesStore
from pilothouse.seeds import stream

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]

_log = logging.getLogger(__name__)
KILLS = 20
RATE_HZ = 50.0
PLANT = """
schema = 1
[plant]
key = "works"
name = "Works"
time_zone = "UTC"
currency = "EUR"
[[equipment]]
key = "line"
level = "work_unit"
name = "Line"
[[connection]]
key = "meters"
kind = "mqtt"
host = "127.0.0.1"
port = {port}
time_format = "epoch_ms"
addresses = "meters.csv"
"""


def start(root: Path) -> tuple[subprocess.Popen[bytes], float]:
    """A hub, and how long it took until it was connected."""
    status = root / "store" / "status.json"
    status.unlink(missing_ok=True)
    began_s = stopwatch_s()
    hub = subprocess.Popen([sys.executable, "-m", "pilothouse", "serve", str(root)], stderr=subprocess.DEVNULL)
    while True:
        assert hub.poll() is None
        assert stopwatch_s() - began_s < 120
        if status.exists() and json.loads(status.read_text())["connections"][0]["state"] == "running":
            return hub, stopwatch_s() - began_s
        time.sleep(0.05)


class Meter:
    """Publishes one number after the other, each with an instant of its own, acknowledged by the broker."""

    def __init__(self, port: int) -> None:
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="meter")
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.begun_ms = now_ns() // 10**6
        self.sent = 0

    def publish(self, seconds: float) -> None:
        until_s = stopwatch_s() + seconds
        while stopwatch_s() < until_s:
            at_ms = self.begun_ms + 20 * self.sent
            self.client.publish("line/power", json.dumps({"timestamp": at_ms, "value": self.sent}), qos=1)
            self.sent += 1
            time.sleep(1 / RATE_HZ)

    def end(self) -> None:
        self.client.loop_stop()
        self.client.disconnect()


def test_twenty_kills_lose_and_double_nothing(tmp_path: Path, make_mosquitto) -> None:
    broker = make_mosquitto()
    (tmp_path / "plant.toml").write_text(PLANT.format(port=broker.port))
    (tmp_path / "parameters.csv").write_text("key,name,kind,unit,role,equipment\npower,Power,opaque,1,measured,line\n")
    (tmp_path / "meters.csv").write_text("address,parameter\nline/power#,power\n")
    chance = stream(1, "kills")
    hub, _ = start(tmp_path)
    meter, starts_s = Meter(broker.port), []
    for _ in range(KILLS):
        meter.publish(float(chance.uniform(0.2, 3.0)))
        hub.send_signal(signal.SIGKILL)
        hub.wait()
        meter.publish(float(chance.uniform(0.0, 0.5)))
        hub, took_s = start(tmp_path)
        starts_s.append(took_s)
    meter.publish(1.0)
    meter.end()
    began_s = stopwatch_s()
    while _stored(tmp_path)[0] < meter.sent and stopwatch_s() - began_s < 60:
        time.sleep(0.5)
    hub.send_signal(signal.SIGTERM)
    assert hub.wait(60) == 0
    stored, values = _stored(tmp_path)
    told = (KILLS, meter.sent, float(np.median(starts_s)), max(starts_s))
    _log.info("%d kills, %d values; connected again after %.2f s (median), %.2f s (longest)", *told)
    missing = set(range(meter.sent)) - set(values)
    doubled = [value for value, count in Counter(values).items() if count > 1]
    assert (len(missing), doubled, stored) == (0, [], meter.sent)


def _stored(root: Path) -> tuple[int, list[float]]:
    with SeriesStore(root / "store" / "series", {"power": "line"}, read_only=True) as series:
        info = series.info()
        if info.first_ns is None or info.last_ns is None:
            return 0, []
        frame = series.read(["power"], start_ns=info.first_ns, end_ns=info.last_ns + 1)
        return info.values, frame["power"].drop_nulls().to_list()
