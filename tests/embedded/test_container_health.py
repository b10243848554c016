"""The checks that the containers' health rests on."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hvacsched import container_health


class OnlyUnderItsName(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path == "/healthz" and self.headers["Host"] == "desk.example.com"
        self.send_response(200 if known else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OnlyUnderItsName) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_web_is_asked_under_its_public_name(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_URL", "https://desk.example.com")
    assert container_health.web(port) == ""

    monkeypatch.setenv("SERVER_URL", "https://other.example.com")
    assert container_health.web(port) == "/healthz answered 400"


def test_web_that_does_not_listen_is_ill() -> None:
    assert container_health.web(1).startswith("no answer: ")


def test_beat_is_well_while_it_writes(tmp_path: Path) -> None:
    schedule = tmp_path / "beat-schedule"
    assert container_health.beat(schedule, 1000.0) == f"{schedule} does not exist"

    part = tmp_path / "beat-schedule.db"
    part.touch()
    os.utime(part, (1000, 1000))
    assert container_health.beat(schedule, 1539.0) == ""
    assert container_health.beat(schedule, 1600.0) == f"{schedule} was last written 600 s ago"
