"""What every address of telephony must refuse, and that a refusal leaves nothing behind.

An address without an entry in `DOORS` fails `test_every_address_has_a_door`; one with an entry inherits all of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.apps import apps
from django.db import connection

from telephony import replays, tasks
from telephony.models import SeenRequest
from telephony.urls import urlpatterns
from tests.factories import a_shop
from tests.telephony.twilio import signing
from tests.telephony.vapi import speaking

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TOO_LARGE = 5 * 1024 * 1024 + 1


@dataclass(frozen=True)
class Request:
    body: bytes
    kind: str
    headers: dict[str, str]


class TwilioDoor:
    """Signed over address and form."""

    good, refused, signs = signing.TOKEN, 403, True

    def __init__(self, path: str, payload: str) -> None:
        self.path, self.payload = path, payload

    def trust(self, settings: Any, *secrets: str) -> None:
        settings.TWILIO_AUTH_TOKENS = list(secrets)

    def request(self, secret: str | None = signing.TOKEN, *, altered: bool = False, said: Any = None, path: str = "") -> Request:
        form = dict(signing.payload(self.payload)) if said is None else said
        signed = "" if secret is None else signing.sign(signing.SERVER + (path or self.path), form, secret)
        if altered:
            form |= {"Extra": "1"}
        return Request(urlencode(form).encode(), FORM, {"X-Twilio-Signature": signed} if signed else {})

    def malformed(self) -> Request:
        """Twilio's own, and nothing in it that a webhook needs."""
        return self.request(said={"AccountSid": signing.payload(self.payload)["AccountSid"]})


class VapiDoor:
    """In one of the four ways; `signs`: the credential covers the body."""

    good, refused, path = speaking.SECRET, 401, "/webhook/vapi"

    def __init__(self, way: str) -> None:
        self._way, self.signs = way, way in ("timed", "bare")

    def trust(self, settings: Any, *secrets: str) -> None:
        settings.WEBHOOK_SECRETS = list(secrets)

    def request(self, secret: str | None = speaking.SECRET, *, altered: bool = False, body: bytes | None = None) -> Request:
        if body is None:
            asked = ("call_1", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"})
            body = json.dumps(speaking.tool_message(asked)).encode()
        headers = {} if secret is None else self._headers(body, secret)
        return Request(body.replace(b"repair", b"tuneup") if altered else body, JSON, headers)

    def malformed(self) -> Request:
        return self.request(body=b'{"message": ')

    def _headers(self, body: bytes, secret: str) -> dict[str, str]:
        ways: dict[str, Callable[[], dict[str, str]]] = {
            "timed": lambda: speaking.signed(body, round(NOW.timestamp()), secret),
            "bare": lambda: speaking.body_signed(body, secret),
            "secret": lambda: {"x-vapi-secret": secret},
            "bearer": lambda: {"authorization": f"Bearer {secret}"},
        }
        return ways[self._way]()


DOORS: dict[str, TwilioDoor | VapiDoor] = {
    **{f"vapi {way}": VapiDoor(way) for way in ("timed", "bare", "secret", "bearer")},
    **{
        name: TwilioDoor(f"/twilio/{name}", payload)
        for name, payload in (
            ("inbound", "voice_inbound"),
            ("fallback", "voice_fallback_11200"),
            ("after-assistant", "dial_action_vapi_failed_503"),
            ("after-dispatcher", "dial_action_dispatcher_no_answer"),
            ("whisper", "number_url_whisper"),
            ("accept", "gather_accept"),
            ("voicemail", "record_action_voicemail"),
            ("recording", "recording_status_completed"),
            ("transcription", "transcription_completed"),
            ("status", "voice_status_completed"),
            ("message-status", "sms_status_delivered"),
            ("text", "sms_inbound_C"),
            ("alarm", "voice_inbound"),
            ("alarm-key", "voice_inbound"),
            ("alarm-status", "voice_status_completed"),
        )
    },
}
TWILIOS = {name: door for name, door in DOORS.items() if isinstance(door, TwilioDoor)}
SIGNED = [name for name, door in DOORS.items() if door.signs]


def test_every_address_has_a_door():
    assert {door.path for door in DOORS.values()} == {f"/{each.pattern}" for each in urlpatterns}


def rows(*, but: tuple[str, ...] = ()) -> dict[str, int]:
    """How many rows each table has."""
    tables = {
        model.__name__: model._meta.db_table for model in apps.get_models(include_auto_created=True) if model.__name__ not in but
    }
    with connection.cursor() as cursor:
        counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables.values())  # noqa: S608 - our own names
        cursor.execute(f"SELECT {counts}")
        return dict(zip(tables, cursor.fetchone(), strict=True))


class TestDoors:
    @pytest.fixture(params=list(DOORS))
    def door(self, request):
        return DOORS[request.param]

    @pytest.fixture(autouse=True)
    def quiet(self, db, settings, client):
        settings.SERVER_URL, settings.TWILIO_AUTH_TOKENS = signing.SERVER, [signing.TOKEN]
        settings.WEBHOOK_SECRETS, settings.VAPI_BASE_URL = [speaking.SECRET], "http://127.0.0.1:9/vapi"
        a_shop(phone_number="+12125550100")
        self.client = client
        with time_machine.travel(NOW, tick=False) as self.clock:
            yield

    def send(self, door, request, method="post", path=""):
        return getattr(self.client, method)(
            path or door.path, data=request.body, content_type=request.kind, headers=request.headers
        )  # fmt: skip

    def is_refused(self, door, request, *statuses, **how):
        before = rows()
        answer = self.send(door, request, **how)
        assert answer.status_code in (statuses or (door.refused,)), answer.content
        assert rows() == before
        return answer

    def test_without_credentials(self, door):
        self.is_refused(door, door.request(None))

    @pytest.mark.parametrize("wrong", ["", "x", "ünïcode", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "0" * 64])
    def test_with_wrong_credentials(self, door, wrong):
        said = door.request()
        names = [name for name in said.headers if name != "x-timestamp"]
        self.is_refused(door, Request(said.body, said.kind, {**said.headers, **dict.fromkeys(names, f"{wrong}")}))

    def test_with_somebody_elses_secret(self, door):
        self.is_refused(door, door.request("another-secret"))

    def test_with_one_that_was_rotated_out(self, door, settings):
        door.trust(settings, "the-new-one", "the-newest")
        self.is_refused(door, door.request())

    def test_with_each_of_a_rotation_it_is_let_in(self, door, settings):
        door.trust(settings, "the-new-one", door.good)
        for secret in ("the-new-one", door.good):
            assert self.send(door, door.request(secret)).status_code in (200, 204)

    def test_where_no_secret_is_set(self, door, settings):
        door.trust(settings)
        for secret in ("", door.good):
            self.is_refused(door, door.request(secret))

    def test_too_large(self, door):
        door_is_vapis = isinstance(door, VapiDoor)
        if door_is_vapis:
            self.is_refused(door, door.request(body=b'{"message": "' + b"x" * TOO_LARGE + b'"}'), 413)
        else:
            self.is_refused(door, door.request(said={"Body": "x" * TOO_LARGE}), 400)

    def test_malformed(self, door):
        before = rows(but=("SeenRequest",))
        assert self.send(door, door.malformed()).status_code in (200, 204, 400)
        assert rows(but=("SeenRequest",)) == before

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
    def test_with_another_method(self, door, method):
        said = door.request()
        how = {} if method in ("get", "head") else {"data": said.body, "content_type": said.kind}
        before = rows()
        answer = getattr(self.client, method)(door.path, headers=said.headers, **how)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert rows() == before

    def test_with_a_slash_at_the_end(self, door):
        self.is_refused(door, door.request(), 404, path=f"{door.path}/")

    @pytest.mark.parametrize("name", SIGNED)
    def test_with_an_altered_body(self, name):
        self.is_refused(DOORS[name], DOORS[name].request(altered=True))

    @pytest.mark.parametrize("name", SIGNED)
    def test_sent_again_within_five_minutes_it_is_answered_and_later_refused(self, name):
        door = DOORS[name]
        request = door.request()
        first = self.send(door, request)
        assert first.status_code in (200, 204)
        for later in (timedelta(0), timedelta(seconds=1), timedelta(minutes=4, seconds=59)):
            self.clock.move_to(NOW + later)
            again = self.send(door, request)
            assert (again.status_code, again["Content-Type"]) == (first.status_code, first["Content-Type"])
        for later in (timedelta(minutes=5, seconds=1), timedelta(days=1), timedelta(days=29)):
            self.clock.move_to(NOW + later)
            self.is_refused(door, request)

    @pytest.mark.parametrize("name", TWILIOS)
    def test_signed_for_another_address(self, name):
        door = TWILIOS[name]
        for other in ("/", "?a=1", "x"):
            self.is_refused(door, door.request(path=door.path + other))

    @pytest.mark.parametrize("name", TWILIOS)
    @pytest.mark.parametrize("account", ["", "AC" + "1" * 32])
    def test_of_another_account(self, name, account):
        door = TWILIOS[name]
        said = signing.payload(door.payload)
        self.is_refused(door, door.request(said={**said, "AccountSid": account}))
        said.pop("AccountSid")
        self.is_refused(door, door.request(said=said))

    @pytest.mark.parametrize("name", TWILIOS)
    def test_as_json_with_a_signature_over_the_address_alone(self, name):
        door = TWILIOS[name]
        said = json.dumps(signing.payload(door.payload)).encode()
        self.is_refused(door, Request(said, JSON, {"X-Twilio-Signature": signing.sign(signing.SERVER + door.path, {})}))


# -- what the door remembers


@pytest.mark.django_db
def test_another_spelling_of_a_signature_is_the_same_request(client, settings):
    settings.WEBHOOK_SECRETS = [speaking.SECRET]
    a_shop(phone_number="+12125550100")
    body = json.dumps(speaking.tool_message(("1", "checkAvailability", {"serviceType": "repair"}))).encode()
    signature = speaking.body_signed(body)["x-vapi-signature"]
    with time_machine.travel(NOW, tick=False) as clock:
        assert speaking.post(client, body, {"x-vapi-signature": signature}).status_code == 200
        clock.shift(timedelta(minutes=6))
        for spelt in (signature, f"sha256={signature}", signature.upper(), f" {signature} "):
            assert speaking.post(client, body, {"x-vapi-signature": spelt}).status_code == 401
    assert SeenRequest.objects.count() == 1


@pytest.mark.django_db
def test_a_check_is_one_statement_and_the_plain_secret_needs_none(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert replays.is_late("/a", "s", now=NOW) is False
    with django_assert_num_queries(1):
        assert replays.is_late("/a", "s", now=NOW + timedelta(minutes=6)) is True
    a_shop(phone_number="+12125550100")
    speaking.ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"})
    assert SeenRequest.objects.count() == 1


@pytest.mark.django_db
def test_what_was_seen_long_ago_is_forgotten():
    with time_machine.travel(NOW, tick=False):
        replays.is_late("/a", "old", now=NOW - timedelta(days=31))
        replays.is_late("/a", "young", now=NOW - timedelta(days=29))
        tasks.sweep_answers()
    assert SeenRequest.objects.count() == 1
