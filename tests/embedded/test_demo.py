"""What the demo makes of its environment, and how it refuses to start; the whole of it is driven elsewhere."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.embedded.conftest import ROOT

pytestmark = pytest.mark.processes

SHOW = "import json, os; from hvacsched import demo; demo.load_environment(); print(json.dumps(dict(os.environ)))"


def loaded(**given: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=kept | given, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_published_settings_are_loaded() -> None:
    found = loaded()

    assert found["HVACSCHED_ENV"] == "demo"
    assert (found["SERVER_URL"], found["PORT"]) == ("http://127.0.0.1:8000", "8000")
    assert found["GOOGLE_API_ENDPOINT"] == "http://127.0.0.1:8010/google/calendar/v3/"
    assert found["ENV_FILE"] == f"{ROOT}/.env.demo"


def test_port_moves_the_web_server_and_its_address_follows() -> None:
    found = loaded(PORT="8123")

    assert (found["SERVER_URL"], found["PORT"]) == ("http://127.0.0.1:8123", "8123")
    assert found["VAPI_BASE_URL"] == "http://127.0.0.1:8010/vapi"


def test_given_address_wins_and_does_not_follow_the_port() -> None:
    found = loaded(PORT="8123", SERVER_URL="https://tunnel.example.com", WEBHOOK_SECRET="mine")

    assert (found["SERVER_URL"], found["PORT"]) == ("https://tunnel.example.com", "8123")
    assert found["WEBHOOK_SECRET"] == "mine"


def test_sandbox_port_moves_every_address_of_the_sandbox_but_none_that_was_given() -> None:
    found = loaded(SANDBOX_PORT="8321", TWILIO_API_BASE_URL="http://127.0.0.1:9999/twilio")

    assert found["GOOGLE_API_ENDPOINT"] == "http://127.0.0.1:8321/google/calendar/v3/"
    assert found["VAPI_BASE_URL"] == "http://127.0.0.1:8321/vapi"
    assert found["TWILIO_API_BASE_URL"] == "http://127.0.0.1:9999/twilio"
    assert [name for name, value in found.items() if "8010" in value] == []


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_taken_port_is_named(variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        port, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        given = {"DATABASE_URL": "given", "REDIS_URL": "given", "PORT": str(free), variable: str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "hvacsched.demo"],
            cwd=ROOT,
            env={**os.environ, "HVACSCHED_DATA": os.environ.get("HVACSCHED_DATA", ""), **given},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert f"Port {port}, where the " in done.stdout
    assert f"make demo {variable}={port + 1}" in done.stdout
