"""What events say: all that a technician needs, or what others may see; what is ours is restored, what is theirs stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, Concern, Shop, Visit
from bookings.services import lifecycle
from calendars.google import mapping, wording
from calendars.models import EventMirror
from calendars.services import editions, work
from tests.calendars.conftest import at, book, drain, read, workday

pytestmark = pytest.mark.django_db(transaction=True)


def backdate():
    EventMirror.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))


def changed(google, connection, **fields):
    """Change an event in Google's own app, and let both sides settle."""
    [event] = google.events()
    google.write({"id": event["id"], **fields})
    backdate()
    read(connection)
    drain(connection)
    return google.events()[0]


def test_a_technician_reads_all_they_need(google, shop, connection, now, settings):
    visit = book(shop, now, problem="No cold air\nsince <Monday>", notes="Gate code 1234", equipment="furnace", years=12)
    drain(connection)
    [event] = google.events()
    lines = event["description"].splitlines()
    assert lines[0] == f"Booking {visit.booking.reference}"
    assert lines[-1] == wording.END
    for line in (
        "Customer: Jane Doe", "Phone: +12125550201", "Address: 12 Main St, New York 10001",
        "Map: https://www.google.com/maps/search/?api=1&query=12+Main+St%2C+New+York+10001",
        "Equipment: Furnace, 12 years old", "Problem: No cold air since <Monday>", "Notes: Gate code 1234",
        f"In the office: {settings.SERVER_URL}/admin/bookings/booking/{visit.booking_id}/change/",
    ):  # fmt: skip
        assert line in lines
    assert event["reminders"] == {"useDefault": False, "overrides": [{"method": "popup", "minutes": 60}]}
    assert "colorId" not in event


def test_a_calendar_that_others_see_shows_neither_name_nor_number_nor_problem(google, shop, connection, now):
    Shop.objects.update(event_details="brief")
    visit = book(shop, now, problem="No cold air", notes="Gate code 1234")
    drain(connection)
    [event] = google.events()
    assert event["summary"] == f"HVAC repair visit - {visit.booking.reference}"
    for secret in ("Jane", "Doe", "555", "cold", "1234"):
        assert secret not in str({key: event[key] for key in ("summary", "description", "location")})
    assert "12 Main St" in event["description"]


def test_colours_show_how_a_visit_stands_until_the_technician_chooses_one(google, shop, connection, now):
    visit = book(shop, now)
    Booking.objects.update(urgency="urgent")
    drain(connection)
    [event] = google.events()
    assert (event["colorId"], len(event["reminders"]["overrides"])) == ("6", 2)
    for step in ("on_site", "done"):
        lifecycle.step(visit.booking_id, Booking.Status(step), by="desk:dee", now=timezone.now())
    drain(connection)
    assert google.events()[0]["colorId"] == "8"
    lifecycle.step(visit.booking_id, Booking.Status.ON_SITE, by="desk:dee", now=timezone.now())
    drain(connection)
    assert changed(google, connection, colorId="3")["colorId"] == "3"
    lifecycle.step(visit.booking_id, Booking.Status.DONE, by="desk:dee", now=timezone.now())
    drain(connection)
    assert google.events()[0]["colorId"] == "3"


def test_what_is_ours_is_restored_by_field_and_what_is_theirs_survives(google, shop, connection, now):
    book(shop, now, problem="No cold air")
    drain(connection)
    [event] = google.events()
    wrote = event["description"].replace("Jane Doe", "Somebody") + "\nBring the long ladder\n<b>Dog!</b>"
    after = changed(
        google, connection, summary="Jane", location="Nowhere", description=wrote, colorId="4",
        reminders={"useDefault": True}, attendees=[{"email": "helper@example.com"}],
    )  # fmt: skip
    assert (after["summary"], after["location"]) == (event["summary"], event["location"])
    assert after["description"] == event["description"] + "\nBring the long ladder\n<b>Dog!</b>"
    assert (after["colorId"], after["reminders"]["useDefault"]) == ("4", True)
    assert [each["email"] for each in after["attendees"]] == ["helper@example.com"]
    assert Concern.objects.count() == 0
    # Our next writing keeps it all.
    book(shop, now, 13)
    drain(connection)
    [moved] = google.events()
    assert moved["description"].endswith(f"{wording.END}\nBring the long ladder\n<b>Dog!</b>")
    assert (moved["colorId"], mapping.span(moved, shop.zone).starts_at) == ("4", at(workday(now), 13))


def test_lesson_8_notes_alone_cause_no_writing(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    [event] = google.events()
    after = changed(google, connection, description=event["description"] + "\nmine", colorId="4")
    assert after["description"].endswith("mine")
    etag = after["etag"]
    backdate()
    read(connection)
    drain(connection)
    assert google.events()[0]["etag"] == etag
    assert Visit.objects.get().version == 1
    assert EventMirror.objects.get().etag == etag


@pytest.mark.parametrize("style", ["<br>{}", "<p>{}</p>", "<div>{}</div>"])
def test_what_googles_editor_makes_of_our_words_is_still_ours(style):
    ours = f"Booking HV-1\nProblem: A & B\nMap: https://m/?a=1&b=2\n{wording.END}"
    lines = [each.replace("&", "&amp;") for each in ours.splitlines()]
    html = "".join(style.format(f'<a href="x">{each}</a>' if each.startswith("Map") else each) for each in lines)
    assert wording.is_ours(html, ours)
    assert not wording.is_ours(html.replace("Problem: A", "Problem: C"), ours)


@pytest.mark.parametrize(
    ("found", "notes"),
    [
        ("", []),
        ("Booking HV-1\nCustomer: Jane, +1\nOld note", ["Old note"]),  # as an earlier edition wrote it
        (f"Booking HV-1\nmine\n{wording.END}\nbelow", ["mine", "below"]),
        (f"Booking HV-1<br>{wording.END}<br>below<br>and more", ["below<br>and more"]),
        ("all of it was written over", ["all of it was written over"]),
    ],
)
def test_lines_that_are_not_ours_go_beneath(found, notes):
    ours = f"Booking HV-1\n{wording.END}"
    kept = wording.with_notes(found, ours)
    assert kept.splitlines() == [*ours.splitlines(), *notes]
    assert wording.with_notes(kept, ours) == kept
    assert wording.is_ours(kept, ours)


def test_another_choice_of_details_rewrites_what_is_to_come_some_at_a_time(
    google, shop, connection, now, django_assert_num_queries
):
    on = workday(now)
    for n, hour in enumerate((8, 11, 14)):
        book(shop, now, hour, on=on, origin=f"call:{n}")
    drain(connection)
    assert editions.renew(now=timezone.now()) == 0
    Shop.objects.update(event_details="brief")
    with django_assert_num_queries(2):
        assert editions.renew(now=timezone.now(), most=2) == 2
    assert editions.renew(now=timezone.now(), most=2) == 0  # not before those are written
    assert len(work.of_connection(connection.pk, now=timezone.now())) == 2
    drain(connection)
    assert editions.renew(now=timezone.now(), most=2) == 1
    drain(connection)
    assert not any("Jane" in str(event) for event in google.events())
    assert editions.renew(now=timezone.now(), most=2) == 0


@pytest.mark.parametrize(
    ("event", "sure", "maybe"),
    [
        ({}, True, True),
        ({"status": "tentative"}, False, True),
        ({"attendees": [{"self": True, "responseStatus": "tentative"}]}, False, True),
        ({"attendees": [{"self": True, "responseStatus": "needsAction"}]}, True, True),
        ({"attendees": [{"responseStatus": "tentative"}]}, True, True),
        ({"attendees": [{"self": True, "responseStatus": "declined"}]}, False, False),
        ({"transparency": "transparent"}, False, False),
        ({"status": "cancelled"}, False, False),
        ({"eventType": "workingLocation"}, False, False),
        ({"eventType": "birthday"}, False, False),
        ({"eventType": "outOfOffice"}, True, True),
    ],
)
def test_what_takes_a_technicians_time(event, sure, maybe):
    assert (mapping.is_busy(event, tentative=False), mapping.is_busy(event, tentative=True)) == (sure, maybe)
