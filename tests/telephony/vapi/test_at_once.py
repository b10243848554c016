"""Everything at once: real threads, committed rows, one PostgreSQL."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.test import Client

from bookings.models import Booking, Visit
from bookings.services import transactions
from telephony.models import Call, ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, post, tool_message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def next_workday():
    day = datetime.now(UTC).date() + timedelta(days=3)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def booking_arguments(hour=9):
    return {
        "customerName": "Jane Doe", "customerPhone": "+14155550142", "serviceType": "repair",
        "scheduledDate": f"{next_workday()}T{hour:02d}:00", "address": "12 Main St, New York 10001",
    }  # fmt: skip


def all_at_once(messages):
    """Send each message from a thread of its own, all let go together; return the raw responses in order."""
    barrier = Barrier(len(messages))

    def send(message):
        client = Client()
        barrier.wait()
        try:
            return post(client, message)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(messages)) as pool:
        return list(pool.map(send, messages))


@pytest.fixture(autouse=True)
def _shop():
    a_shop(phone_number="+12125550100")


def test_one_call_delivered_five_times_books_once_and_answers_alike():
    message = tool_message(("call_1", "bookAppointment", booking_arguments()), at=datetime.now(UTC))
    responses = all_at_once([message] * 5)
    assert len({response.content for response in responses}) == 1
    assert answers(responses[0])[0]["state"] == "booked"
    assert (Call.objects.count(), ToolInvocation.objects.count(), Booking.objects.count(), Visit.objects.count()) == (1, 1, 1, 1)


def test_five_new_ids_for_the_same_wish_book_once():
    now = datetime.now(UTC)
    responses = all_at_once([tool_message((f"call_{n}", "bookAppointment", booking_arguments()), at=now) for n in range(5)])
    assert {answers(response)[0]["reference"] for response in responses} == {Booking.objects.get().reference}


def test_twenty_callers_for_the_last_slot():
    """As many bookings as technicians; everybody else hears alternatives."""
    responses = all_at_once(
        [
            tool_message(("call_1", "bookAppointment", booking_arguments()), call=f"call-{n}", at=datetime.now(UTC))
            for n in range(20)
        ]
    )
    states = sorted(answers(response)[0]["state"] for response in responses)
    assert states == ["booked"] * 3 + ["offered"] * 17
    assert all(len(answers(response)[0].get("slots", [1])) >= 1 for response in responses)
    assert len(set(Visit.objects.values_list("technician_id", flat=True))) == Visit.objects.count() == 3


def test_callers_who_change_their_minds_all_at_once_never_overlap():
    hours = [8, 9, 10, 11, 13, 14]
    now = datetime.now(UTC)
    first = all_at_once(
        [tool_message(("a", "bookAppointment", booking_arguments(hours[n % 6])), call=f"call-{n}", at=now) for n in range(12)]
    )
    second = all_at_once(
        [
            tool_message(
                ("b", "bookAppointment", booking_arguments(hours[(n + 1) % 6])), call=f"call-{n}", at=now + timedelta(seconds=1)
            )
            for n in range(12)
        ]
    )
    assert {answers(each)[0]["state"] for each in first + second} <= {"booked", "moved", "offered"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bookings_visit a JOIN bookings_visit b ON a.id < b.id AND a.technician_id = b.technician_id"
            " AND a.blocked && b.blocked WHERE a.status = 'active' AND b.status = 'active'"
        )
        assert cursor.fetchone() == (0,)
    assert Booking.objects.count() == Visit.objects.count()


def test_a_delivery_that_gives_up_waiting_answers_what_the_other_one_did():
    """The first delivery holds the call's lock longer than the second one waits for it, and commits then."""
    message = tool_message(("call_1", "takeMessage", {"message": "Please bring the long ladder."}), at=datetime.now(UTC))
    (first,) = answers(post(Client(), message))
    done = ToolInvocation.objects.get()
    done.delete()
    locked = Event()

    def other_delivery():
        try:
            with transaction.atomic():
                transactions.lock_origin(done.call.origin)
                done.pk = None
                done.save(force_insert=True)
                locked.set()
                time.sleep(transactions.TRY_SECONDS + 3)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(other_delivery)
        assert locked.wait(10)
        assert answers(post(Client(), message)) == [first]
        holding.result()
    assert ToolInvocation.objects.count() == 1
