"""The whole story of a visit: what it says, what can be done from it, what it costs."""

from datetime import date, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, Concern, Unit, Visit
from bookings.services import lifecycle
from telephony.models import Call
from tests.desk import shelf

DAY = date(2026, 11, 25)


@pytest.fixture
def call(shop, now):
    return Call.objects.create(
        shop=shop, twilio_sid="CA1", from_number="+12125550201", started_at=now - timedelta(minutes=5), outcome="booked",
        summary="Furnace is out since last night.",
    )  # fmt: skip


@pytest.fixture
def visit(shop, now, call):
    booking = shelf.book(
        shop, now, on=DAY, at=time(9), origin=call.origin, problem="No heat\nsince Monday", equipment="furnace",
    )  # fmt: skip
    return booking.visits.get()


def story(client, visit, **query):
    answer = client.get(f"/board/visits/{visit.pk}/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_who_where_what_when_and_by_whom(desk, visit, call):
    text = story(desk, visit, fragment="1")
    booking = visit.booking
    for said in (
        "Jane Doe", "tel:+12125550201", "(212) 555-0201", "12 Main St, 10001", "Furnace", "No heat<br>since Monday",
        f"Wed 25 Nov, 9\u201311 am with {visit.technician.name}", "Repair visit", booking.reference,
        "No calendar connected", "Furnace is out since last night.", f"/calls/{call.pk}/told",
        "Tue 24 Nov, 9 am", f"/admin/bookings/booking/{booking.pk}/change/", "On the way",
    ):  # fmt: skip
        assert said in text, said
    assert "https://www.google.com/maps/search/?api=1&amp;query=12+Main+St%2C+10001" in text
    assert "<html" not in text
    assert "<html" in story(desk, visit)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("call:1", "Moved on the phone. "), ("desk:dee", "Moved by Dee Day. "), ("desk:dee:form", "Moved by Dee Day. "),
        ("desk:gone", "Moved by gone. "), ("calendar:Sam", "Moved by Sam in Google. "), ("clock", "Moved. "),
        ("calendar", "Moved through Google Calendar. "), ("seed:demo", "Moved as demo data. "),
    ],
)  # fmt: skip
def test_history_names_people_as_people_do(desk, visit, now, by, said):
    User.objects.filter(username="dee").update(first_name="Dee", last_name="Day")
    before = {"starts_at": visit.starts_at.isoformat()}
    visit.booking.changes.create(shop=visit.shop, at=now, kind="moved", by=by, detail={"before": before})
    assert f"<li>Tue 24 Nov, 9 am: {said}Was Wed 25 Nov, 9 am.</li>" in story(desk, visit)


def test_what_stands_at_the_address_is_told(desk, visit, now):
    place = visit.booking.property
    for brand, gone in (("Carrier", None), ("Trane", now)):
        Unit.objects.create(
            shop=place.shop, property=place, kind="furnace", brand=brand, installed_year=2014, fuel="gas", created_at=now,
            gone_at=gone,
        )  # fmt: skip
    text = story(desk, visit)
    assert "Furnace Carrier, natural gas, 12 years old" in text
    assert "Trane" not in text


def test_what_waits_about_it_is_told_with_its_next_step(desk, shop, visit, now):
    Concern.objects.create(shop=shop, kind="drive", key="k", text="Too far away.", created_at=now, booking=visit.booking)
    Concern.objects.create(
        shop=shop, kind="address", key="l", text="Settled.", created_at=now, booking=visit.booking, status="done", closed_at=now
    )
    text = story(desk, visit)
    assert "Cannot be reached in time" in text
    assert "Too far away." in text
    assert "Settled." not in text


def test_a_hold_has_no_customer_and_runs_down(desk, shop, now):
    held = shelf.hold(shop, now, on=DAY, at=time(13)).visits.get()
    text = story(desk, held)
    assert "On hold for a caller" in text
    assert ">5:00</time> more" in text
    assert "data-moving" not in text


def test_a_step_is_taken_from_it_and_back(desk, visit):
    answer = desk.post(f"/board/visits/{visit.pk}/step?fragment=1", {"to": "en_route"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"{visit.booking.reference}: On the way." in text
    assert "Back to booked" in text
    assert Booking.objects.get().status == "en_route"
    refused = desk.post(f"/board/visits/{visit.pk}/step?fragment=1", {"to": "done"})
    assert refused.status_code == 200
    assert "was left as it is" in refused.content.decode()
    assert Booking.objects.get().status == "en_route"
    assert desk.post(f"/board/visits/{visit.pk}/step", {"to": "nonsense"}).status_code == 404


def test_a_booking_is_cancelled_for_a_reason(desk, visit, now):
    refused = desk.post(f"/board/visits/{visit.pk}/cancel?fragment=1", {"reason": ""})
    assert refused.status_code == 200
    assert "Say why in a few words" in refused.content.decode()
    assert Booking.objects.get().status == "booked"
    answer = desk.post(f"/board/visits/{visit.pk}/cancel?fragment=1", {"reason": "Customer called off"})
    assert answer.status_code == 200
    assert "is cancelled; the technicians&#x27; calendars follow" in answer.content.decode()
    assert Booking.objects.get().status == "cancelled"
    assert Visit.objects.get().status == "ended"
    again = desk.post(f"/board/visits/{visit.pk}/cancel?fragment=1", {"reason": "Twice"})
    assert "Customer called off" in again.content.decode()
    assert Booking.objects.get().changes.filter(kind="cancelled").count() == 1


def test_it_costs_the_same_however_long_it_is(desk, shop, visit, call, now, django_assert_num_queries):
    story(desk, visit, fragment="1")
    with CaptureQueriesContext(connection) as one:
        story(desk, visit, fragment="1")
    for n in range(5):
        to = Booking.Status.EN_ROUTE if n % 2 == 0 else Booking.Status.BOOKED
        lifecycle.step(visit.booking_id, to, by=call.origin, now=now + timedelta(minutes=n))
        Concern.objects.create(shop=shop, kind="drive", key=str(n), text="Far.", created_at=now, booking=visit.booking)
    with django_assert_num_queries(len(one)):
        story(desk, visit, fragment="1")
    assert len(one) <= 14
