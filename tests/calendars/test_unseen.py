"""Google cannot be seen: what was promised meanwhile is confirmed by itself, given to somebody else or asked about; and who can
mend it is told once.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, BookingChange, CalendarFreshness, Concern, OutgoingMessage, Shop
from bookings.services import confirmations
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection, Invitation, ReadCalendar
from calendars.services import invitations, recheck, relief, standing
from calendars.words import Row
from tests.bookings.asking import roster_of
from tests.calendars.conftest import again, book, connected, read, workday
from tests.calendars.test_pull import timed
from tests.calendars.test_recheck import KIM, aged
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)


def promised(google, shop, connection, now):
    """Book while Google fails and the picture is too old to be believed."""
    Shop.objects.update(when_stale=Shop.WhenStale.CONFIRM)
    aged(connection, minutes=90)
    google.fault(method="GET", status=503)
    visit = book(shop, now)
    confirmations.queue_in_own_language(visit.booking, roster_of(shop), timezone.now())
    recheck.look(connection.technician_id, clock=timezone.now)
    assert Booking.objects.get().to_confirm_since is not None
    return visit


def open_concerns():
    return sorted(Concern.objects.filter(status="open").values_list("kind", flat=True))


def test_it_is_confirmed_by_itself_when_google_answers_and_nothing_is_there(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    google.heal()
    read(connection)
    assert Booking.objects.get().to_confirm_since is None
    assert (again(visit).technician, open_concerns()) == (connection.technician, [])
    assert "is booked for" in OutgoingMessage.objects.latest("pk").body


def test_where_google_has_something_else_there_somebody_who_was_seen_goes(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    google.heal()
    google.write(timed(workday(now), 9))
    kim = connected(google, TechnicianFactory.create(shop=shop, name="Kim", email=KIM), KIM)
    read(connection)
    assert again(visit).technician == kim.technician
    assert (Booking.objects.get().to_confirm_since, open_concerns()) == (None, [])
    assert [each.kind for each in BookingChange.objects.order_by("pk")] == ["booked", "moved", "confirmed"]
    assert "is booked for" in OutgoingMessage.objects.latest("pk").body


def test_where_nobody_else_is_seen_a_person_decides_and_nothing_is_confirmed(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    google.heal()
    google.write(timed(workday(now), 9))
    kim = connected(google, TechnicianFactory.create(shop=shop, name="Kim", email=KIM), KIM)
    aged(kim, minutes=90)
    read(connection)
    relief.again(now=timezone.now())
    assert (again(visit).technician, open_concerns()) == (connection.technician, ["busy_over_visit", "to_confirm"])
    assert Booking.objects.get().to_confirm_since is not None
    [dentist] = google.events()
    google.delete(dentist["id"])
    read(connection)
    assert (Booking.objects.get().to_confirm_since, open_concerns()) == (None, [])


def test_a_technician_is_offered_to_be_confirmed_before_their_calendar_was_read_once(google, shop, technician, now):
    Shop.objects.update(when_stale=Shop.WhenStale.CONFIRM)
    google.fault(method="GET", status=503)
    connection = connected(google, technician)
    assert CalendarFreshness.objects.get().read_at is None
    assert "nothing is promised for certain" in Row.of(CalendarFreshness.objects.get().technician, now=now).text
    book(shop, now)
    assert Booking.objects.get().to_confirm_since is not None
    google.heal()
    read(connection)
    assert Booking.objects.get().to_confirm_since is None


# --- who is told ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_phone(technician):
    technician.phone = "+12125550444"
    technician.save(update_fields=["phone"])
    return technician


def text_of(technician):
    return [each.body for each in OutgoingMessage.objects.filter(to="+12125550444").order_by("pk")]


def test_a_withdrawn_permission_is_told_to_both_once_with_the_way_back(google, with_phone, connection, settings, now):
    """Lesson 4: dead tokens were silent; bookings went on and nothing was written."""
    settings.GOOGLE_CLIENT_ID = settings.GOOGLE_CLIENT_ID or "client"
    google.post("revoke", account="sam@example.com")
    for _ in range(3):
        read(connection)
    assert open_concerns() == ["calendar_broken"]
    invitation = Invitation.objects.get()
    [text] = text_of(with_phone)
    assert text.startswith("ABC HVAC: Google no longer lets us into your calendar, so your visits are missing there and we ")
    assert f"Connect it again: {invitations.link(invitation)} This link is for you alone" in text
    assert invitation.invited_by == "calendar"


def test_a_calendar_that_google_refuses_is_told_to_both_once_a_trouble(google, with_phone, connection, now):
    google.fault(status=404)
    for _ in range(2):
        read(connection)
    assert (len(text_of(with_phone)), open_concerns()) == (1, ["calendar_broken"])
    google.heal()
    read(connection)
    standing.lost(CalendarConnection.objects.get(), GoogleError(Verdict.CALENDAR, "notFound", 404), now=timezone.now())
    assert len(text_of(with_phone)) == 2


def test_who_has_no_number_is_told_by_the_office(google, technician, connection, now):
    google.post("revoke", account="sam@example.com")
    read(connection)
    assert open_concerns() == ["calendar_broken"]
    assert (OutgoingMessage.objects.count(), Invitation.objects.count()) == (0, 0)


def test_a_calendar_of_a_service_account_is_the_offices_to_mend(google, with_phone, connection, now):
    CalendarConnection.objects.update(kind=CalendarConnection.Kind.SERVICE_ACCOUNT)
    connection.refresh_from_db()
    google.fault(status=404)
    standing.lost(connection, GoogleError(Verdict.CALENDAR, "notFound", 404), now=now)
    [text] = text_of(with_phone)
    assert text.endswith("Please tell the office what you put into it meanwhile.")
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(("policy", "said"), [("exclude", "not offered"), ("confirm", "offered on your confirmation only")])
def test_a_calendar_that_merely_fails_is_told_once_it_is_too_old_and_closed_when_it_is_read(
    google, shop, with_phone, connection, now, django_assert_num_queries, policy, said
):
    Shop.objects.update(when_stale=policy)
    google.fault(method="GET", status=500)
    read(connection)
    with django_assert_num_queries(2):
        standing.sweep(now=timezone.now())
    assert open_concerns() == []
    CalendarConnection.objects.update(connected_at=now - timedelta(days=1))
    aged(connection, minutes=61)
    for _ in range(3):
        standing.sweep(now=timezone.now())
    concern = Concern.objects.get()
    assert (concern.kind, concern.status, concern.technician) == (Concern.Kind.CALENDAR_STALE, "open", with_phone)
    assert "500" in concern.text
    assert f"Their time is {said} until it is read again" in concern.text
    [text] = text_of(with_phone)
    assert text.startswith("ABC HVAC: we could not read your Google Calendar since")
    Concern.objects.update(status="done")  # put aside by a person
    standing.sweep(now=timezone.now())
    assert (open_concerns(), len(text_of(with_phone))) == ([], 1)
    Concern.objects.update(status="open")
    google.heal()
    ReadCalendar.objects.update(pull_due_at=None)
    read(connection)
    standing.sweep(now=timezone.now())
    assert Concern.objects.get().status == "done"
    aged(connection, minutes=61)
    standing.sweep(now=timezone.now())
    assert (open_concerns(), len(text_of(with_phone))) == (["calendar_stale"], 2)


def test_a_calendar_that_was_connected_a_minute_ago_is_not_stale_yet(google, technician, now):
    google.fault(method="GET", status=500)
    connection = connected(google, technician)
    standing.sweep(now=timezone.now())
    assert open_concerns() == []
    CalendarConnection.objects.filter(pk=connection.pk).update(connected_at=now - timedelta(hours=2))
    standing.sweep(now=timezone.now())
    assert open_concerns() == ["calendar_stale"]
