"""`demo --via`: the mill behind a real protocol, in a process of its own, and the hub beside it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pilothouse", "demo", *words, "--headless", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("via", ["opcua", "sparkplug"])
def test_the_mill_is_served_over_a_real_protocol(tmp_path: Path, via: str) -> None:
    run = demo("--via", via, "--pieces", "300", "--watch", "20", "--dir", str(tmp_path / "mill"))
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    (connection,) = told["live"]["connections"]
    assert connection["state"] == "running"
    assert connection["counts"].get("unknown", 0) == 0
    assert told["live"]["values"] > 5 * 1_080
    assert connection["counts"]["passages"] > 0


def test_an_unknown_protocol_is_named(tmp_path: Path) -> None:
    run = demo("--via", "modbus", "--dir", str(tmp_path / "mill"))
    assert run.returncode == 3
    assert json.loads(run.stdout)["message"] == "--via: expected opcua or sparkplug, got 'modbus'"
