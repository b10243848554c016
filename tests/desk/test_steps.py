"""What a person does with a booking on its page: steps, back, the end; and what the page says of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from bookings.models import Booking, BookingChange, CrewMember, ServiceType, Visit
from bookings.services import lifecycle
from tests.desk import shelf
from tests.desk.test_admin_scope import page

TODAY = date(2026, 11, 24)
Status = Booking.Status


@pytest.fixture
def booking(shop, now):
    return shelf.book(shop, now, on=TODAY, at=time(13))


def step(client, booking, to):
    return client.post(reverse("admin:bookings_booking_step", args=[booking.pk]), {"to": to}, follow=True)


def text_of(client, booking):
    return client.get(page(Booking, "change", booking.pk)).content.decode()


def state(booking):
    booking.refresh_from_db()
    return booking.status, [visit.status for visit in booking.visits.order_by("pk")], booking.changes.count()


def buttons(text):
    return [to for to in Status.values if f'name="to" value="{to}"' in text]


def test_the_page_offers_the_steps_of_its_status_and_no_others(desk, booking):
    assert buttons(text_of(desk, booking)) == ["en_route", "on_site", "no_show"]
    step(desk, booking, "en_route")
    text = text_of(desk, booking)
    assert buttons(text) == ["booked", "on_site", "no_show"]
    assert "Back to booked" in text
    step(desk, booking, "on_site")
    step(desk, booking, "done")
    assert buttons(text_of(desk, booking)) == ["on_site"]
    assert state(booking)[:2] == ("done", [Visit.Status.DONE])
    step(desk, booking, "on_site")
    assert state(booking)[:2] == ("on_site", [Visit.Status.ACTIVE])


def test_a_step_says_what_it_did_and_who(desk, booking):
    answer = step(desk, booking, "en_route")
    assert f"{booking.reference}: On the way." in answer.content.decode()
    change = booking.changes.get(kind="status")
    assert (change.by, change.detail) == ("desk:dee", {"before": "booked", "after": "en_route"})
    assert "Booked → On the way" in text_of(desk, booking)


def test_a_step_that_does_not_follow_changes_nothing(desk, booking):
    before = state(booking)
    answer = step(desk, booking, "done")
    assert "was left as it is: it is booked by now" in answer.content.decode()
    assert state(booking) == before
    assert step(desk, booking, "nonsense").status_code == 404
    assert state(booking) == before


def test_a_step_back_into_time_given_away_is_refused_in_words(desk, shop, booking, now):
    for to in (Status.EN_ROUTE, Status.ON_SITE, Status.DONE):
        lifecycle.step(booking.pk, to, by="desk:dee", now=now)
    visit = booking.visits.get()
    other = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:2", name="Ann Other")
    other.visits.update(technician=visit.technician)
    before = state(booking)
    assert "has been given to somebody else meanwhile" in step(desk, booking, "on_site").content.decode()
    assert state(booking) == before


def test_steps_are_posted_with_a_token(shop, booking):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(shelf.dispatcher(shop))
    url = reverse("admin:bookings_booking_step", args=[booking.pk])
    assert client.get(url).status_code == 405
    assert client.post(url, {"to": "en_route"}).status_code == 403
    assert state(booking)[0] == "booked"


@pytest.mark.parametrize("what", ["step", "cancel"])
def test_a_stranger_and_a_technician_are_refused(client, shop, other_shop, booking, what):
    url = reverse(f"admin:bookings_booking_{what}", args=[booking.pk])
    before = state(booking)
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    assert client.post(url, {"to": "en_route", "reason": "x"}).status_code == 404
    client.force_login(shelf.technician(shop))
    assert client.post(url, {"to": "en_route", "reason": "x"}).status_code == 403
    assert state(booking) == before


def test_cancelling_asks_for_a_reason(desk, booking):
    url = reverse("admin:bookings_booking_cancel", args=[booking.pk])
    assert "Reason" in desk.get(url).content.decode()
    before = state(booking)
    assert "Say why in a few words" in desk.post(url, {"reason": " "}).content.decode()
    assert state(booking) == before
    answer = desk.post(url, {"reason": "Customer went elsewhere"}, follow=True)
    assert "1 booking cancelled" in answer.content.decode()
    assert "Customer went elsewhere" in answer.content.decode()
    assert state(booking) == ("cancelled", [Visit.Status.ENDED], before[2] + 1)
    assert booking.changes.get(kind="cancelled").detail == {"reason": "Customer went elsewhere"}


def test_a_done_booking_is_not_cancelled(desk, booking, now):
    for to in (Status.ON_SITE, Status.DONE):
        lifecycle.step(booking.pk, to, by="desk:dee", now=now)
    before = state(booking)
    assert "Cancel the booking" not in text_of(desk, booking)
    url = reverse("admin:bookings_booking_cancel", args=[booking.pk])
    answer = desk.post(url, {"reason": "Too late"}, follow=True)
    assert "was left as it is: it is done." in answer.content.decode()
    assert state(booking) == before


def test_the_page_says_what_was_promised_to_whom(desk, shop, booking):
    Booking.objects.filter(pk=booking.pk).update(
        urgency="emergency", equipment="boiler", equipment_years=20, trip_fee=25, zip_code="10023"
    )
    text = text_of(desk, booking)
    for said in ("Emergency", "Boiler, 20 years old", "$25.00", "10023", "Jane Doe"):
        assert said in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ["No fee"]),
        ({"visit_fee": 89, "trip_fee": "15.50"}, ["$89.00 for the visit and $15.50 for the trip", "Not yet"]),
        (
            {"visit_fee": 89, "fee_told_at": datetime(2026, 11, 24, 13, 58, tzinfo=UTC)},
            ["$89.00 for the visit", "Tue 24 Nov, 8:58 am"],
        ),
    ],
)
def test_the_page_says_the_fees_and_when_they_were_told(desk, booking, fields, said):
    Booking.objects.filter(pk=booking.pk).update(**fields)
    text = text_of(desk, booking)
    for each in said:
        assert each in text


def test_the_page_shows_the_whole_crew(desk, shop, now):
    CrewMember.objects.create(shop=shop, service_type=ServiceType.objects.get(shop=shop, key="repair"), role="electrician")
    booking = shelf.book(shop, now, on=TODAY, at=time(13))
    booking.visits.filter(role="electrician").update(pinned=True, overbooked=True)
    text = text_of(desk, booking)
    for visit in booking.visits.select_related("technician"):
        assert visit.technician.name in text
        assert reverse("admin:bookings_visit_move", args=[visit.pk]) in text
    assert "electrician" in text
    assert "Overbooked, Pinned" in text


def test_a_hold_s_page_says_until_when(desk, shop, now):
    booking = shelf.hold(shop, now, on=TODAY, at=time(13))
    text = text_of(desk, booking)
    assert "9:05:00 am (5:00 left)" in text
    assert "Nobody yet: only on hold" in text
    assert booking.changes.get().kind == BookingChange.Kind.HELD
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=now - timedelta(seconds=1))
    assert "ran out" in text_of(desk, booking)


def test_history_says_why_it_was_them(desk, booking):
    change = booking.changes.get()
    change.detail["because"] = {"points": 12.5, "parts": {"drive": -2.5, "usual": 8.0}, "among": 3}
    change.save()
    technician = booking.visits.get().technician
    why = "Chosen: the best of 3, with 12.5 points: driving -2.5, usual technician +8."
    assert f"{technician.name} goes. {why}" in text_of(desk, booking)
