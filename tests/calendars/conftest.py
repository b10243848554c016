"""A real sandbox over HTTP, a shop, and a technician whose calendar is connected to it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from bookings.models import Shop, Visit
from bookings.services import appointments, rosters, transactions
from bookings.services.asking import Request, When
from calendars.google import oauth
from calendars.models import EventMirror
from calendars.services import connect, pull, push
from sandbox import serve
from tests.factories import TechnicianFactory, a_shop
from tests.forgetting import forget_refusals


@dataclass
class Google:
    """The sandbox's control side: what Google holds, what people do in Google's own app, and faults."""

    url: str
    http: httpx.Client
    service_account: dict = field(default_factory=dict)  # as it was told of

    def post(self, control, **body):
        answer = self.http.post(f"{self.url}/_control/{control}", json=body)
        answer.raise_for_status()
        return answer.json()

    def events(self, calendar_id="sam@example.com"):
        found = self.http.get(f"{self.url}/_control/events").json()["calendars"]
        return sorted(found.get(calendar_id, []), key=lambda event: event["start"].get("dateTime", ""))

    def write(self, event, calendar_id="sam@example.com"):
        return self.post("events", calendarId=calendar_id, event=event)

    def delete(self, event_id, calendar_id="sam@example.com"):
        self.http.delete(f"{self.url}/_control/events/{calendar_id}/{event_id}").raise_for_status()

    def fault(self, path="calendar", **fault):
        self.post("faults", service="google", path=path, **fault)

    def heal(self):
        """Google answers again, and the second or two for which its refusals are heeded are over."""
        self.post("faults", clear=True)
        forget_refusals()

    def grant(self, account="sam@example.com", scopes=oauth.SCOPES):
        return self.post("grants", account=account, scopes=list(scopes))


@pytest.fixture(scope="session")
def sandbox():
    with serve.start() as running, httpx.Client(timeout=30) as http:
        yield Google(running.url, http)


@pytest.fixture
def google(sandbox, settings):
    sandbox.post("reset")
    sandbox.post("settings", access_token_seconds=3600)
    settings.SERVER_URL = "http://localhost"
    settings.GOOGLE_CALENDAR_CREDENTIALS = ""
    settings.GOOGLE_API_ENDPOINT = f"{sandbox.url}/google/calendar/v3/"
    settings.GOOGLE_AUTH_URI = f"{sandbox.url}/google/o/oauth2/v2/auth"
    settings.GOOGLE_TOKEN_URI = f"{sandbox.url}/google/token"
    settings.GOOGLE_REVOKE_URI = f"{sandbox.url}/google/revoke"
    return sandbox


@pytest.fixture
def now():
    """Tokens live by the real clock, so these tests do as well."""
    return timezone.now()


@pytest.fixture
def shop(transactional_db):
    return a_shop(technicians=1)


@pytest.fixture
def technician(shop):
    technician = shop.technicians.get()
    technician.name, technician.email = "Sam", "sam@example.com"
    technician.save(update_fields=["name", "email"])
    return technician


def connected(google, technician, account="sam@example.com"):
    """Connect as the callback does, and read the calendar once so that the technician can be booked."""
    grant = google.grant(account)
    connection = connect.connect_oauth(
        technician,
        account=account,
        sub=f"sub-{account}",
        refresh_token=grant["refresh_token"],
        access_token=grant["access_token"],
        expires_at=timezone.now() + timedelta(seconds=grant["expires_in"]),
        scopes=grant["scope"].split(),
        calendar_id=account,
        now=timezone.now(),
    )
    pull.read_connection(connection.pk, clock=timezone.now)
    return connection


@pytest.fixture
def connection(google, technician):
    return connected(google, technician)


def workday(now, ahead=2):
    """A weekday some days ahead."""
    on = now.date() + timedelta(days=ahead)
    while on.weekday() > 4:
        on += timedelta(days=1)
    return on


def at(on, hour, minute=0):
    """That hour in the shop's zone."""
    return datetime.combine(on, time(hour, minute), tzinfo=Shop(timezone="America/New_York").zone)


def book(shop, now, hour=9, *, origin="call:1", on=None, **changes):
    roster = rosters.of(shop.pk, Shop.objects.values_list("config_version", flat=True).get(pk=shop.pk))
    request = Request(
        **{
            "service": roster.services[0],
            "when": When(on or workday(now), time(hour)),
            "customer_name": "Jane Doe",
            "customer_phone": "+12125550201",
            "origin": origin,
            "requested_at": timezone.now(),
            "by": origin,
            "address": "12 Main St, New York 10001",
            **changes,
        }
    )
    outcome = transactions.run(origin, lambda: appointments.book(roster, request, now=timezone.now()))
    assert outcome.booking is not None, outcome
    return outcome.booking.visits.get()


def drain(connection):
    push.drain(connection.pk, clock=timezone.now)


def read(connection):
    pull.read_connection(connection.pk, clock=timezone.now)


def start_of(event):
    return datetime.fromisoformat(event["start"]["dateTime"]).astimezone(UTC)


def again(visit):
    return Visit.objects.get(pk=visit.pk)


@pytest.fixture
def visit(google, shop, connection, now):
    """A visit at nine whose event is in the calendar for a minute, so that what is done to it is no echo of ours."""
    booked = book(shop, now)
    drain(connection)
    EventMirror.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))
    return booked


@pytest.fixture
def kim(google, shop, connection):
    """A colleague with a calendar of their own."""
    return connected(google, TechnicianFactory(shop=shop, name="Kim", email="kim@example.com"), "kim@example.com")


@pytest.fixture
def key_file(google, settings, tmp_path):
    """A service account's key, known to Google."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    email = "desk@project.iam.gserviceaccount.com"
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    google.service_account = {"client_email": email, "public_key": public.decode(), "delegation": True}
    google.post("service-accounts", **google.service_account)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = tmp_path / "key.json"
    content = {"type": "service_account", "client_email": email, "private_key": private, "private_key_id": "1"}
    path.write_text(json.dumps(content | {"project_id": "project", "token_uri": settings.GOOGLE_TOKEN_URI}))
    settings.GOOGLE_CALENDAR_CREDENTIALS = str(path)
    return email
