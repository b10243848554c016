"""What the desk shows of a promise that waits for its confirmation, and the one press that confirms it."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from bookings.models import Booking, CalendarFreshness, Concern, OutgoingMessage, Shop
from tests.desk import shelf
from tests.desk.test_admin_scope import page
from tests.desk.test_conflicts import LIST, open_page, press

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def booking(shop, now):
    Shop.objects.filter(pk=shop.pk).update(when_stale=Shop.WhenStale.CONFIRM)
    for technician in shop.technicians.all():
        CalendarFreshness.objects.create(shop=shop, technician=technician, read_at=now - timedelta(hours=3))
    return shelf.book(shop, now, on=TODAY, at=time(13))


@pytest.fixture
def concern(booking):
    return Concern.objects.get(kind=Concern.Kind.TO_CONFIRM)


def test_one_press_confirms_it_and_texts_the_customer(desk, concern, booking):
    text = open_page(desk, concern).content.decode()
    for said in ("Confirm it and text the customer", "Move the visit by hand", "Call Jane Doe", "Could not be seen when it was"):
        assert said in text
    assert "Mark as done" not in text
    said = press(desk, concern, "accept").content.decode()
    assert "Confirmed. The customer is texted" in said
    assert Booking.objects.get().to_confirm_since is None
    assert Concern.objects.get().status == "done"
    assert OutgoingMessage.objects.get().body.startswith("ABC HVAC: your repair visit is booked for")
    assert "Somebody has decided this already" in press(desk, concern, "accept").content.decode()
    assert OutgoingMessage.objects.count() == 1


def test_it_is_not_done_by_being_put_aside(desk, concern):
    said = desk.post(LIST, {"action": "done", "_selected_action": [concern.pk]}, follow=True).content.decode()
    assert "1 left open" in said
    assert Concern.objects.get().status == "open"


def test_it_is_a_calendar_conflict_that_somebody_may_wait_with(desk, concern):
    assert "was promised on your confirmation" in desk.get(LIST, {"calendar": "open"}).content.decode()
    press(desk, concern, "wait", note="Sam calls back")
    assert Concern.objects.get().waiting_since is not None


def test_the_booking_s_page_says_so_and_leads_to_it(desk, concern, booking):
    text = desk.get(page(Booking, "change", booking.pk)).content.decode()
    assert "To be confirmed" in text
    assert reverse("admin:bookings_concern_change", args=[concern.pk]) in text
    press(desk, concern, "accept")
    assert "Not confirmed yet" not in desk.get(page(Booking, "change", booking.pk)).content.decode()


def test_the_board_marks_it_and_notices_when_it_is_confirmed(desk, booking, shop):
    board = desk.get("/board/").content.decode()
    assert '<span class="bd-status bd-mark-confirm">To be confirmed</span>' in board
    token = desk.get("/board/changes").headers["ETag"]
    assert desk.get("/board/changes", headers={"If-None-Match": token}).status_code == 304
    Booking.objects.filter(pk=booking.pk).update(to_confirm_since=None)
    assert desk.get("/board/changes", headers={"If-None-Match": token}).status_code == 200
    assert "To be confirmed</span>" not in desk.get("/board/").content.decode().replace("Concern", "")


def test_a_stranger_confirms_nothing(client, concern, other_shop):
    client.force_login(shelf.dispatcher(other_shop, username="kim"))
    assert client.post(reverse("admin:bookings_concern_decide", args=[concern.pk]), {"accept": "1"}).status_code == 404
    assert Booking.objects.get().to_confirm_since is not None
