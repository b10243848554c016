"""A script reaches the caller though nobody asked a tool: spoken into the call, once, by whoever finds it first."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bookings.models import Booking
from telephony import emergencies, tasks
from telephony.models import Call, Danger, Emergency
from telephony.safety import scripts
from telephony.vapi import warning
from tests.telephony.twilio import signing
from tests.telephony.twilio.conftest import Vendors, demo_settings, running_sandbox, say, shop, vendors  # noqa: F401
from tests.telephony.vapi.speaking import answers, post, tool_message
from tests.telephony.vapi.test_at_once import booking_arguments
from wire.later import later

GAS = scripts.default(Danger.GAS, "en")


@pytest.fixture
def call(shop, vendors, say):  # noqa: F811 - fixtures
    say("/twilio/inbound", signing.payload("voice_inbound"))
    return Call.objects.get()


def transcript(call, text, at=None):
    at = at or timezone.now()
    return {
        "message": {
            "type": "transcript", "role": "user", "transcriptType": "final", "transcript": text,
            "timestamp": round(at.timestamp() * 1000), "call": {"id": call.vapi_id},
        }
    }  # fmt: skip


def spoken(vendors):  # noqa: F811
    (there,) = [each for each in vendors.get("/_control/calls")["calls"] if each["service"] == "vapi"]
    return [each["content"] for each in there["commands"] if each["type"] == "say"]


def overheard(client, call, text="I smell gas in here"):
    """The caller says it; the hint waits in the broker, and no worker is there."""
    assert post(client, transcript(call, text)).status_code == 200
    later.wait(5)
    return Emergency.objects.get()


def test_a_worker_speaks_what_was_overheard(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    tasks.alarm_say(raised.pk)
    raised.refresh_from_db()
    assert spoken(vendors) == [GAS]
    assert (raised.said_at is not None, raised.say_at) == (True, None)


@pytest.mark.processes
def test_without_a_broker_the_process_that_heard_it_speaks(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from telephony import receivers; from wire.later import later;"
            f"receivers.tell_the_caller(None, emergency_id={raised.pk}); assert later.wait(30)",
        ],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "hvacsched.settings",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "DATABASE_URL": address.geturl(),
            "VAPI_BASE_URL": f"{vendors.url}/vapi",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert spoken(vendors) == [GAS]


def test_it_is_said_once_however_many_find_it(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    now = timezone.now()
    barrier = Barrier(6)

    def find(_):
        barrier.wait()
        try:
            return warning.say(raised.pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(find, range(6)))
    assert sorted(said) == [False] * 5 + [True]
    assert spoken(vendors) == [GAS]
    assert warning.due(timezone.now() + timedelta(minutes=1)) == []


def test_a_try_that_waited_for_another_one_says_nothing(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    now = timezone.now()

    def find():
        try:
            return warning.say(raised.pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            Emergency.objects.filter(pk=raised.pk).update(say_at=now + warning.AGAIN)
            second = pool.submit(find)
            waits = False
            while not waits and not second.done():
                cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
                (waits,) = cursor.fetchone()
        assert second.result() is False
    assert spoken(vendors) == []


def test_what_could_not_be_said_is_tried_again(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    vendors.fault(service="vapi", path="/live", status=500, count=1)
    now = timezone.now()
    assert warning.due(now) == [raised.pk]
    assert warning.say(raised.pk, now=now) is False
    assert warning.due(now + timedelta(seconds=9)) == []
    later_on = now + warning.AGAIN
    assert warning.due(later_on) == [raised.pk]
    assert warning.say(raised.pk, now=later_on) is True
    assert spoken(vendors) == [GAS]


def test_nothing_is_said_that_a_tool_has_said_or_a_person_released_or_nobody_hears(client, call, vendors):  # noqa: F811
    raised = overheard(client, call)
    now = timezone.now()
    assert warning.due(now + timedelta(minutes=3)) == []
    Call.objects.update(stage=Call.Stage.ENDED)
    assert (warning.due(now), warning.say(raised.pk, now=now)) == ([], False)
    Call.objects.update(stage=Call.Stage.ASSISTANT)
    emergencies.said(raised.pk, at=now)
    assert (warning.due(now), warning.say(raised.pk, now=now)) == ([], False)
    Emergency.objects.update(said_at=None, say_at=now)
    emergencies.release(raised.pk, by="Olive", now=now)
    tasks.alarm_say(raised.pk)
    tasks.alarm_say_sweep()
    assert spoken(vendors) == []


def test_nothing_is_spoken_inside_a_transaction(client, call):
    raised = overheard(client, call)
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        warning.say(raised.pk, now=timezone.now())


@pytest.mark.concurrency
def test_a_booking_never_comes_after_the_danger(call):
    """Both at once, many times: a booking that was answered stands before the emergency; none is made after it."""
    for turn in range(8):
        vapi_id = f"race-{turn}"
        post(Client(), tool_message(("warm", "takeMessage", {"message": "hello"}), call=vapi_id))
        racing = Call.objects.get(vapi_id=vapi_id)
        barrier = Barrier(2)

        def send(message, barrier=barrier):
            client = Client()
            barrier.wait()
            try:
                return post(client, message)
            finally:
                connection.close()

        book = tool_message(("b", "bookAppointment", booking_arguments(8 + turn)), call=vapi_id, at=timezone.now())
        with ThreadPoolExecutor(2) as pool:
            booked, heard = pool.map(send, [book, transcript(racing, "I smell gas")])
        assert heard.status_code == 200
        state = answers(booked)[0]["state"]
        assert state in ("booked", "offered", "emergency")
        assert Booking.objects.filter(origin=racing.origin).exists() == (state == "booked")
        assert Emergency.objects.filter(call=racing).exists()
        again = answers(post(Client(), tool_message(("c", "bookAppointment", booking_arguments(9)), call=vapi_id)))[0]
        assert (again["state"], again["say"]) == ("emergency", GAS)


@pytest.fixture
def nothing_kept():
    """The database takes no emergency."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE telephony_emergency RENAME TO gone")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO telephony_emergency")


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [("I smell gas in here", "final", [GAS]), ("I smell gas in here", "partial", []), ("the furnace is out", "final", [])],
)
def test_what_cannot_be_written_down_is_answered_all_the_same(client, call, vendors, nothing_kept, text, kind, said):  # noqa: F811
    message = transcript(call, text)
    message["message"]["transcriptType"] = kind
    message["message"]["call"]["monitor"] = {"controlUrl": call.control_url}
    assert post(client, message).status_code == 200
    assert spoken(vendors) == said
