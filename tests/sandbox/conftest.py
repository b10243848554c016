"""A running sandbox, the vendors' own client libraries pointed at it, and a place that receives what it sends."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httplib2
import httpx
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox import serve
from tests.outside import TRUSTED

SCOPE = "https://www.googleapis.com/auth/calendar"
CLIENT = {"client_id": "demo-client.apps.googleusercontent.com", "client_secret": "demo-google-client-secret"}
ACCOUNT_SID = "AC" + "0f" * 16
SAM = "sam@example.com"


@pytest.fixture
def sandbox() -> Iterator[serve.Running]:
    with serve.start() as running:
        yield running


@pytest.fixture
def control(sandbox: serve.Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/_control", trust_env=False, verify=TRUSTED) as client:
        yield client


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    body: bytes


@dataclass
class Mailbox:
    url: str
    requests: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # statuses for the next requests; then 204
    text: str = ""

    def wait(self, count: int, seconds: float = 5) -> list[Received]:
        until = time.monotonic() + seconds
        while len(self.requests) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.requests) >= count, f"{len(self.requests)} of {count} arrived"
        return self.requests


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            box.requests.append(Received(self.command, self.path, dict(self.headers), form, body))
            text = box.text.encode()
            self.send_response(box.answers.pop(0) if box.answers else 200 if text else 204)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box = Mailbox(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def google(sandbox: serve.Running, control: httpx.Client) -> Iterator[Callable[..., Any]]:
    """google("sam@example.com") is a Calendar client of that account, made by Google's library."""
    opened = []

    def connect(account: str = SAM, scopes: tuple[str, ...] = (SCOPE,)) -> Any:
        grant = control.post("/grants", json={"account": account, "scopes": list(scopes)}).json()
        credentials = Credentials(
            grant["access_token"], grant["refresh_token"], token_uri=f"{sandbox.url}/google/token", **CLIENT
        )
        http = AuthorizedHttp(credentials, http=httplib2.Http(timeout=10))
        opened.append(http)
        return build(
            "calendar",
            "v3",
            http=http,
            static_discovery=True,
            client_options={"api_endpoint": f"{sandbox.url}/google/calendar/v3/"},
        )

    yield connect
    for http in opened:
        http.close()


@pytest.fixture
def twilio(sandbox: serve.Running) -> Iterator[Client]:
    http = TwilioHttpClient(timeout=10)
    http.session.trust_env = False
    client = Client(ACCOUNT_SID, "demo-twilio-auth-token", http_client=http)
    client.api.base_url = f"{sandbox.url}/twilio"
    yield client
    http.session.close()


@pytest.fixture
def vapi(sandbox: serve.Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer demo-vapi-private-key"}
    with httpx.Client(base_url=f"{sandbox.url}/vapi", headers=headers, trust_env=False, verify=TRUSTED) as client:
        yield client


def timed(begins: str, ends: str, summary: str = "Visit", /, **more: Any) -> dict[str, Any]:
    """An event of New York's 2026-12-07, from one time of day to another."""
    zone = "America/New_York"
    return {
        "summary": summary,
        "start": {"dateTime": f"2026-12-07T{begins}:00-05:00", "timeZone": zone},
        "end": {"dateTime": f"2026-12-07T{ends}:00-05:00", "timeZone": zone},
    } | more


def reason(error: Any) -> tuple[int, str]:
    """Status and reason of a Google HttpError."""
    return error.value.resp.status, error.value.error_details[0]["reason"]
