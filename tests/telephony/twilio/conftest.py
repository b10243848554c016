"""A shop at the number of the example payloads, a sandbox of the vendors, and a Twilio that signs."""

import pytest

from sandbox import serve
from tests.factories import a_shop
from tests.outside import http
from tests.telephony.twilio import signing


@pytest.fixture(autouse=True)
def demo_settings(settings):
    settings.SERVER_URL = signing.SERVER
    settings.TWILIO_AUTH_TOKENS = [signing.TOKEN]


@pytest.fixture
def shop(transactional_db):
    """Committed: the hand-off gives its connection back while it waits."""
    return a_shop(technicians=1, phone_number="+12125550100", fallback_number="+12125550111")


@pytest.fixture(scope="session")
def running_sandbox():
    with serve.start(port=0) as running:
        yield running


class Vendors:
    """The sandbox, as a test turns and reads it."""

    def __init__(self, url):
        self.url = url

    def fault(self, **fault):
        http.post(f"{self.url}/_control/faults", json=fault).raise_for_status()

    def set(self, **changes):
        http.post(f"{self.url}/_control/settings", json=changes).raise_for_status()

    def get(self, path):
        return http.get(f"{self.url}{path}", headers={"Authorization": "Bearer key"}).json()

    def vapi_calls(self):
        return self.get("/vapi/call")

    def messages(self):
        return self.get("/_control/messages")["messages"]

    def behave(self, number, **how):
        http.post(f"{self.url}/_control/numbers", json={"number": number} | how).raise_for_status()


@pytest.fixture
def vendors(running_sandbox, settings):
    url = running_sandbox.url
    settings.VAPI_BASE_URL = f"{url}/vapi"
    settings.TWILIO_API_BASE_URL = f"{url}/twilio"
    http.post(f"{url}/_control/reset", json={}).raise_for_status()
    there = Vendors(url)
    there.fault(clear=True)
    there.set(vapi_concurrency_limit=None)
    return there


@pytest.fixture
def say(client):
    """Send Twilio's signed request and return the TwiML that came back, as a tree."""

    def send(path, said):
        answer = signing.post(client, path, said)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/xml")
        tree = signing.read(answer.content)
        assert tree.tag == "Response"
        return tree

    return send


@pytest.fixture
def tell(client):
    """Send a report that is answered without words."""

    def send(path, said):
        answer = signing.post(client, path, said)
        assert (answer.status_code, answer.content) == (204, b"")

    return send
