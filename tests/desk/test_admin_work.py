"""What a dispatcher does in the back office: look up, call back, close, cancel, change the team."""

from datetime import time, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import models
from calendars.models import CalendarConnection, EventMirror
from telephony.models import Call, ToolInvocation
from tests.desk import shelf
from tests.desk.test_admin_scope import page


@pytest.fixture
def row(shop, now):
    return shelf.fill(shop, now)


def act(client, row, action, **more):
    model = type(row)
    return client.post(page(model, "changelist"), {"action": action, "_selected_action": [row.pk], **more}, follow=True)


@pytest.mark.parametrize("term", ["HV-", "Customer", "(212) 555-0201", "212-555-0201", "Elm"])
def test_bookings_are_found_as_people_say_them(desk, row, term):
    answer = desk.get(page(models.Booking, "changelist"), {"q": term})
    assert row[models.Booking].reference in answer.content.decode()


def test_nothing_is_found_for_another_number(desk, row):
    answer = desk.get(page(models.Booking, "changelist"), {"q": "212-555-0299"})
    assert row[models.Booking].reference not in answer.content.decode()


def test_cancel_goes_through_the_service(desk, row):
    booking = row[models.Booking]
    asked = act(desk, booking, "cancel").content.decode()
    assert f"Cancel {booking.reference}" in asked
    booking.refresh_from_db()
    assert booking.status == models.Booking.Status.BOOKED
    answer = act(desk, booking, "cancel", reason="Sold the house")
    assert "1 booking cancelled" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.status == models.Booking.Status.CANCELLED
    assert booking.visits.get().status == models.Visit.Status.ENDED
    change = booking.changes.get(kind="cancelled")
    assert (change.by, change.detail) == ("desk:dee", {"reason": "Sold the house"})


def test_a_stranger_s_booking_is_not_cancelled(desk, other_shop, row, now):
    booking = shelf.fill(other_shop, now)[models.Booking]
    act(desk, booking, "cancel", reason="Not mine")
    booking.refresh_from_db()
    assert booking.status == models.Booking.Status.BOOKED


def test_a_technician_may_not_cancel(client, shop, row):
    client.force_login(shelf.technician(shop))
    act(client, row[models.Booking], "cancel", reason="I may not")
    row[models.Booking].refresh_from_db()
    assert row[models.Booking].status == models.Booking.Status.BOOKED


def test_a_lead_is_called_back_and_taken_back(desk, row):
    lead = row[models.Lead]
    act(desk, lead, "called_back")
    lead.refresh_from_db()
    assert lead.status == models.Lead.Status.DONE
    act(desk, lead, "open_again")
    lead.refresh_from_db()
    assert lead.status == models.Lead.Status.OPEN


def test_a_concern_is_done_and_opened_unless_it_came_up_anew(desk, row, now):
    concern = row[models.Concern]
    act(desk, concern, "done")
    concern.refresh_from_db()
    assert (concern.status, concern.closed_at) == (models.Concern.Status.DONE, now)
    act(desk, concern, "open_again")
    concern.refresh_from_db()
    assert (concern.status, concern.closed_at) == (models.Concern.Status.OPEN, None)
    act(desk, concern, "done")
    models.Concern.objects.create(shop=concern.shop, kind=concern.kind, key=concern.key, text="Again", created_at=now)
    act(desk, concern, "open_again")
    concern.refresh_from_db()
    assert concern.status == models.Concern.Status.DONE


def test_a_booking_s_page_shows_visits_concerns_and_history_in_words(desk, row):
    text = desk.get(page(models.Booking, "change", row[models.Booking].pk)).content.decode()
    assert "Look at this" in text
    assert "History" in text
    assert "(212) 555-0201" in text
    assert row[models.Booking].visits.get().technician.name in text


def test_a_call_s_page_shows_what_the_assistant_said_and_booked(desk, shop, row, now):
    call = row[Call]
    booking = shelf.book(shop, now, on=now.date().replace(day=25), origin=call.origin, name="Ann Caller")
    text = desk.get(reverse("call", args=[call.pk])).content.decode()
    assert "We have nine or ten." in text
    assert reverse("admin:bookings_booking_change", args=[booking.pk]) in text
    text = desk.get(page(models.Booking, "change", booking.pk)).content.decode()
    assert reverse("call", args=[call.pk]) in text
    text = desk.get(page(ToolInvocation, "change", row[ToolInvocation].pk)).content.decode()
    assert "We have nine or ten." in text


def test_times_are_the_shop_s(desk, row):
    assert "Tue 24 Nov 2026, 9:00 AM" in desk.get(page(Call, "changelist")).content.decode()


def test_a_technician_is_added_with_hours_in_the_shop_of_the_owner(office, shop):
    formsets = {f"{prefix}-{key}": value for prefix in ("hours", "technicianskill_set", "time_off")
                for key, value in {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}.items()}  # fmt: skip
    answer = office.post(
        page(models.Technician, "add"),
        {"name": "New Hand", "color": "#112233", "active": "on", "works_alone": "on", "day_starts": "first_job",
         "shop": shop.pk, **formsets,
         "hours-TOTAL_FORMS": "1", "hours-0-weekday": "5", "hours-0-starts": "09:00", "hours-0-ends": "15:00"},
    )  # fmt: skip
    assert answer.status_code == 302
    hours = models.WorkingHours.objects.get(technician__name="New Hand")
    assert (hours.shop, hours.weekday, hours.ends) == (shop, 5, time(15))


def test_a_connection_counts_what_google_does_not_have_yet(desk, shop, row, now):
    visit = row[models.Booking].visits.get()
    connection = CalendarConnection.objects.filter(technician=visit.technician).first() or shelf.connect(visit.technician, now)
    listed = {each.pk: each.waiting or 0 for each in desk.get(page(CalendarConnection, "changelist")).context["cl"].result_list}
    assert listed[connection.pk] == 1
    EventMirror.objects.filter(visit=visit).delete()
    shelf.mirror(visit, connection, confirmed="present", pushed_version=visit.version)
    listed = {each.pk: each.waiting or 0 for each in desk.get(page(CalendarConnection, "changelist")).context["cl"].result_list}
    assert listed[connection.pk] == 0


def test_a_connection_shows_each_calendar_its_channel_and_what_failed(desk, shop, now):
    connection = shelf.connect(models.Technician.objects.filter(shop=shop).first(), now)
    receiving = shelf.read_calendar(connection, name="Jobs", told_at=now - timedelta(minutes=3), read_at=now)
    shelf.channel(receiving, state="ended", expires_at=now - timedelta(days=1))
    shelf.channel(receiving, state="open", expires_at=now + timedelta(days=5), resource_id="resource-secret")
    family = shelf.read_calendar(connection, "family@example.com", name="Family", pull_failures=2, pull_error="503 backendError")
    shelf.channel(family, state="ended", expires_at=now + timedelta(days=7), failures=4, next_attempt_at=now + timedelta(hours=1))
    url = page(CalendarConnection, "change", connection.pk)
    shown = desk.get(url)
    text = shown.content.decode()
    for said in (
        "Jobs", "Receives visits, counts as busy", "Open", "Sun 29 Nov 2026", "Tue 24 Nov 2026, 8:57 AM", "Family",
        "Counts as busy", "Could not be asked for", "2 of a reading, 4 of a channel", "503 backendError",
    ):  # fmt: skip
        assert said in text, said
    for secret in ("resource-secret", "d" * 64, "token-secret"):
        assert secret not in text
    assert desk.post(url, {"calendars-0-name": "mine"}).status_code == 403
    with CaptureQueriesContext(database) as two:
        desk.get(url)
    for number in range(3):
        shelf.channel(
            shelf.read_calendar(connection, f"more{number}@example.com"), state="open", expires_at=now + timedelta(days=5)
        )
    with CaptureQueriesContext(database) as five:
        desk.get(url)
    assert len(five) == len(two)


def test_the_sidebar_counts_what_waits(desk, row):
    groups = desk.get(page(models.Booking, "changelist")).context["sidebar_navigation"]
    items = {item["title"]: item.get("badge") for group in groups for item in group["items"]}
    assert next(iter(items)) == "Inbox"
    # The lead and the emergency; the concern of that kind names no origin of an open one, and stands by itself.
    assert (items["Inbox"], items["Emergencies"]) == (3, 1)


@pytest.mark.parametrize("reason", ["message", "voicemail", "emergency"])
def test_what_only_a_person_closes_is_read_and_closed_by_one(desk, row, reason):
    lead = row[models.Lead]
    models.Lead.objects.update(reason=reason, wanted="“Do you take cards?”")
    shown = desk.get(page(models.Lead, "changelist")).content.decode()
    assert "Do you take cards?" in shown
    assert models.Lead.Reason(reason).label in shown
    act(desk, lead, "called_back")
    lead.refresh_from_db()
    assert lead.status == models.Lead.Status.DONE
