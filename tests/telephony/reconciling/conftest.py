"""A sandbox of Vapi and Twilio, turned by the tests: calls that ring there, recordings that lie there."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox import serve
from tests.factories import a_shop
from tests.outside import http
from tests.telephony.reconciling.said import ACCOUNT, CALLER, KEY, SHOP, SID


@pytest.fixture(scope="module")
def running():
    with serve.start(port=0) as sandbox:
        yield sandbox


class Vendors:
    def __init__(self, url):
        self.url = url

    def control(self, path, body):
        answer = http.post(f"{self.url}/_control/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def rings(self, sid=SID, status="in-progress", caller=CALLER, to=SHOP):
        self.control("calls", {"from": caller, "to": to, "sid": sid, "status": "in-progress"})
        if status != "in-progress":
            self.control(f"calls/{sid}", {"status": status})
        return sid

    def at_vapi(self, caller=CALLER, **changes):
        number = "5a5a04dc-dcbe-45b1-8f64-fd32a253d135"
        body = {"phoneNumberId": number, "phoneCallProviderBypassEnabled": True, "customer": {"number": caller}}
        told = {"assistantId": "41d935c5-76c3-448e-b770-e54bd0769aea", **changes.pop("body", {})}
        answer = http.post(f"{self.url}/vapi/call", json=body | told, headers=KEY)
        assert answer.status_code == 201, answer.text
        vapi_id = answer.json()["id"]
        if changes:
            self.control(f"calls/{vapi_id}", changes)
        return vapi_id

    def fault(self, **fault):
        self.control("faults", fault)

    def recorded(self, sid=SID, duration=9):
        return self.control("recordings", {"call_sid": sid, "duration": duration})


@pytest.fixture
def vendors(running, settings):
    settings.VAPI_BASE_URL, settings.VAPI_API_KEY = f"{running.url}/vapi", "key"
    settings.TWILIO_API_BASE_URL = f"{running.url}/twilio"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS = ACCOUNT, ["demo-twilio-auth-token"]
    there = Vendors(running.url)
    there.control("reset", {})
    there.fault(clear=True)
    return there


@pytest.fixture
def shop(transactional_db):
    return a_shop(phone_number=SHOP)


@pytest.fixture
def now():
    """The sandbox goes by the real clock. Not at a quarter of an hour, when a look goes back further."""
    at = datetime.now(UTC)
    return at if at.minute % 15 else at + timedelta(minutes=1)
