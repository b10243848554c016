"""Only our Vapi account is answered; a stranger leaves no trace."""

import json

import pytest

from bookings.models import Booking
from telephony.models import Call, ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.speaking import SECRET, body_signed, post, signed, tool_message

pytestmark = pytest.mark.django_db
BODY = json.dumps(tool_message(("call_1", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"}))).encode()


@pytest.fixture(autouse=True)
def _shop():
    a_shop(phone_number="+12125550100")


@pytest.fixture
def stamp(time_machine_now):
    return round(time_machine_now.timestamp())


@pytest.fixture
def time_machine_now():
    import datetime

    return datetime.datetime.now(datetime.UTC)


@pytest.mark.parametrize(
    "headers",
    [
        lambda stamp: {"x-vapi-secret": SECRET},
        lambda stamp: {"authorization": f"Bearer {SECRET}"},
        lambda stamp: body_signed(BODY),
        lambda stamp: {"x-vapi-signature": "sha256=" + body_signed(BODY)["x-vapi-signature"]},
        lambda stamp: signed(BODY, stamp),
        lambda stamp: signed(BODY, stamp * 1000),
        lambda stamp: signed(BODY, stamp - 299),
    ],
)
def test_each_way_is_let_in(client, stamp, headers):
    assert post(client, BODY, headers(stamp)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        lambda stamp: {},
        lambda stamp: {"x-vapi-secret": ""},
        lambda stamp: {"x-vapi-secret": "wrong"},
        lambda stamp: {"x-vapi-secret": "wörng"},
        lambda stamp: {"authorization": f"Basic {SECRET}"},
        lambda stamp: {"authorization": "Bearer wrong"},
        lambda stamp: body_signed(BODY, "wrong"),
        lambda stamp: body_signed(BODY + b" "),
        lambda stamp: {**body_signed(BODY, "wrong"), "x-vapi-secret": SECRET},
        lambda stamp: signed(BODY, stamp, "wrong"),
        lambda stamp: signed(BODY, stamp - 301),
        lambda stamp: signed(BODY, stamp + 301),
        lambda stamp: {**signed(BODY, stamp), "x-timestamp": str(stamp + 1)},
        lambda stamp: {"x-signature": signed(BODY, stamp)["x-signature"]},
        lambda stamp: {**signed(BODY, stamp), "x-timestamp": "soon"},
    ],
)
def test_strangers_are_refused_and_nothing_is_stored(client, stamp, headers):
    assert post(client, BODY, headers(stamp)).status_code == 401
    assert (Call.objects.count(), ToolInvocation.objects.count(), Booking.objects.count()) == (0, 0, 0)


def test_each_of_several_secrets_works_while_they_rotate(client, settings):
    settings.WEBHOOK_SECRETS = ["the new one", SECRET]
    assert post(client, BODY, {"x-vapi-secret": SECRET}).status_code == 200
    assert post(client, BODY, body_signed(BODY, "the new one")).status_code == 200


def test_only_post_is_taken(client):
    assert client.get("/webhook/vapi", headers={"x-vapi-secret": SECRET}).status_code == 405


def test_an_altered_path_is_not_redirected(client):
    assert client.post("/webhook/vapi/", data=BODY, content_type="application/json").status_code == 404
