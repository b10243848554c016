"""A contradiction on its page: both texts beside each other, the ways to the call and the booking, the text, the button."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Concern, OutgoingMessage
from telephony.told import checking
from tests.telephony.told.acting import Acting, later
from tests.telephony.told.written import Written

pytestmark = pytest.mark.django_db
CALL = [
    "U: Repair on Friday at nine.",
    "* book repair 2026-11-27 09:00",
    "A: You're booked for Monday, November 30, between 9 and 11 AM.",
]


@pytest.fixture
def concern(client):
    call = Acting(client, Written("a_call", "en", (), CALL), correct_by_text=True).play()
    checking.check(call.pk, now=later(call))
    client.force_login(get_user_model().objects.create_superuser("boss"))
    return Concern.objects.get(origin=call.origin)


def page_of(client, concern):
    return client.get(reverse("admin:bookings_concern_change", args=[concern.pk])).content.decode()


def test_both_texts_and_the_ways_on(client, concern):
    page = page_of(client, concern)
    assert "You&#x27;re booked for Monday, November 30, between 9 and 11 AM." in page
    assert f"Friday, November 27, between 9 and 11 AM (repair visit, {concern.booking.reference}, Jane Doe)." in page
    call = concern.shop.calls.get()
    assert reverse("call", args=[call.pk]) in page
    assert reverse("admin:bookings_booking_change", args=[concern.booking.pk]) in page
    assert "A text with what stands: waiting to be sent." in page
    OutgoingMessage.objects.filter(reason__startswith="correct:").update(status="delivered", sent_at=timezone.now())
    assert "A text with what stands: delivered, " in page_of(client, concern)


def test_the_button_closes_and_opens_it(client, concern):
    for action, status in (("done", "done"), ("open_again", "open")):
        answer = client.post(
            reverse("admin:bookings_concern_changelist"), {"action": action, "_selected_action": [concern.pk]}, follow=True
        )
        assert answer.status_code == 200
        concern.refresh_from_db()
        assert concern.status == status


def test_a_concern_of_another_kind_shows_no_texts(client, concern):
    other = Concern.objects.create(shop=concern.shop, kind="drive", key="x", text="Too far.", created_at=timezone.now())
    page = page_of(client, other)
    assert "What was said" not in page
    assert "Read the call" not in page


def test_kinds_are_a_filter(client, concern):
    page = client.get(reverse("admin:bookings_concern_changelist"), {"kind__exact": "other_time"}).content.decode()
    assert concern.booking.reference in page
    assert Booking.objects.count() == 1
    page = client.get(reverse("admin:bookings_concern_changelist"), {"kind__exact": "not_told"}).content.decode()
    assert concern.booking.reference not in page


def test_what_somebody_wrote_came_from_no_call(client, concern):
    other = Concern.objects.create(
        shop=concern.shop, kind="emergency", key="text:SM1", origin="text:SM1", text="Danger.", created_at=timezone.now()
    )
    assert "Read the call" not in page_of(client, other)
