""" "Actually wait, no, make that…" within two seconds, by the telephone and all the way into Google: one booking, one event."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, Concern, Shop, Visit
from calendars.services import push
from tests.calendars.conftest import at, workday
from tests.telephony.vapi.speaking import post, tool_message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
NUMBER = "+12125550100"


@pytest.fixture(autouse=True)
def _number(shop):
    Shop.objects.update(phone_number=NUMBER)


def books(call, begun, second, hour, on):
    arguments = {
        "customerName": "Jane Doe", "serviceType": "repair", "address": "12 Main St, New York 10001",
        "scheduledDate": f"{on}T{hour:02d}:00",
    }  # fmt: skip
    return tool_message((f"call_{second}", "bookAppointment", arguments), call=call, at=begun + timedelta(seconds=second))


def takes_back(call, begun, second):
    return {
        "message": {
            "type": "transcript", "transcriptType": "final", "role": "user", "transcript": "Actually wait, no, make that later.",
            "call": {"id": call}, "phoneNumber": {"number": NUMBER}, "customer": {"number": "+14155550142"},
            "timestamp": round((begun + timedelta(seconds=second)).timestamp() * 1000),
        }
    }  # fmt: skip


def noise(call, begun, second):
    message = takes_back(call, begun, second)
    message["message"] |= {"type": "user-interrupted", "turnId": f"t{second}"}
    return message


def ends_as_one(google, *starts):
    """The bookings that stand, their visits and Google's events are those, and nothing else."""
    zone = ZoneInfo("America/New_York")
    promised = Booking.objects.filter(status="booked").order_by("promised_from").values_list("promised_from", flat=True)
    assert [each.astimezone(zone) for each in promised] == list(starts)
    assert Visit.objects.filter(status="active").count() == len(starts)
    assert Concern.objects.filter(kind="taken_back").count() == 0
    events = [event for event in google.events() if event["status"] != "cancelled"]
    assert [datetime.fromisoformat(event["start"]["dateTime"]) for event in events] == list(starts)


def test_every_order_of_delivery_ends_in_what_was_said_last(google, connection, now, client):
    days = sorted({workday(now, ahead) for ahead in range(3, 45)})
    orders = list(permutations(range(4)))
    for number, (order, on) in enumerate(zip(orders, days, strict=False)):
        begun, call = timezone.now(), f"c{number}"
        said = [
            books(call, begun, 0.1, 9, on), books(call, begun, 0.8, 11, on), takes_back(call, begun, 1.2),
            books(call, begun, 1.9, 14, on),
        ]  # fmt: skip
        for each in order:
            assert post(client, said[each]).status_code == 200
            push.drain(connection.pk, clock=timezone.now)
    ends_as_one(google, *(at(on, 14) for on in days[: len(orders)]))


def test_all_at_once_while_the_calendar_is_written(google, connection, now):
    on = workday(now, 3)
    for turn in range(4):
        begun, call = timezone.now(), f"c{turn}"
        said = [
            books(call, begun, 0.1, 9, on), noise(call, begun, 0.5), books(call, begun, 0.8, 11, on), noise(call, begun, 1.0),
            takes_back(call, begun, 1.2), books(call, begun, 1.9, 14, on),
        ]  # fmt: skip
        barrier = Barrier(len(said) + 1)

        def send(message, barrier=barrier):
            barrier.wait()
            try:
                return post(Client(), message).status_code
            finally:
                database.close()

        def write(barrier=barrier):
            barrier.wait()
            try:
                for _ in range(5):
                    push.drain(connection.pk, clock=timezone.now)
            finally:
                database.close()

        with ThreadPoolExecutor(len(said) + 1) as pool:
            written = pool.submit(write)
            assert set(pool.map(send, said)) == {200}
            written.result()
        push.drain(connection.pk, clock=timezone.now)
        ends_as_one(google, at(on, 14))
        booking = Booking.objects.get(status="booked")
        post(
            Client(), tool_message(("x", "cancelAppointment", {"moveOffered": True}), call=call, at=begun + timedelta(seconds=5))
        )
        booking.refresh_from_db()
        assert booking.status == "cancelled"
        push.drain(connection.pk, clock=timezone.now)
