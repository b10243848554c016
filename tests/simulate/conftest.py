"""The product's web on a port of its own, the demo's shop in it, and a sandbox for its vendors."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from bookings.models import Shop
from calendars.models import CalendarConnection
from calendars.services import pull, push
from sandbox import serve
from tests.outside import http


class Product:
    def __init__(self, url, sandbox):
        self.url, self.sandbox = url, sandbox
        self.shop = Shop.objects.get()

    def control(self, method, path, body=None):
        answer = http.request(method, f"{self.sandbox}/_control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def write_calendars(self):
        """What the workers do."""
        for connection in CalendarConnection.objects.all():
            push.drain(connection.pk, clock=timezone.now)

    def read_calendars(self):
        for connection in CalendarConnection.objects.all():
            pull.read_connection(connection.pk, clock=timezone.now)


@pytest.fixture(scope="module")
def running_sandbox():
    with serve.start(port=0) as running:
        yield running.url


@pytest.fixture
def product(transactional_db, live_server, running_sandbox, settings):
    http.post(f"{running_sandbox}/_control/reset", json={}).raise_for_status()
    http.post(f"{running_sandbox}/_control/faults", json={"clear": True}).raise_for_status()
    settings.SERVER_URL = live_server.url
    settings.VAPI_BASE_URL = f"{running_sandbox}/vapi"
    settings.TWILIO_API_BASE_URL = f"{running_sandbox}/twilio"
    settings.GOOGLE_API_ENDPOINT = f"{running_sandbox}/google/calendar/v3/"
    settings.GOOGLE_TOKEN_URI = f"{running_sandbox}/google/token"
    settings.GOOGLE_REVOKE_URI = f"{running_sandbox}/google/revoke"
    call_command("seed_demo", verbosity=0)
    running = Product(live_server.url, running_sandbox)
    running.read_calendars()
    return running
