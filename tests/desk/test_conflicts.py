"""The conflict inbox: what a technician did in Google, beside what was promised; accepted, put back, waited for."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, BusyBlock, Concern, OutgoingMessage, Technician, TimeOff, Visit
from bookings.services import appointments
from calendars.models import EventMirror
from tests.desk import shelf
from tests.desk.test_admin_scope import page

DAY = date(2026, 11, 25)
LIST = reverse("admin:bookings_concern_changelist")


def at(hour, minute=0):
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=ZoneInfo("America/New_York"))


def moved(shop, now, *, hour=9, to=14, origin="seed:1", kind=Concern.Kind.EVENT_MOVED):
    """A visit whose event lies somewhere else, or nowhere, and the concern that asks about it."""
    visit = shelf.book(shop, now, on=DAY, at=time(hour), origin=origin).visits.get()
    calendar = getattr(visit.technician, "calendar_connection", None) or shelf.connect(visit.technician, now)
    gone = kind == Concern.Kind.EVENT_DELETED
    shelf.mirror(
        visit, calendar, confirmed="absent" if gone else "present", pushed_version=1, pushed_starts_at=visit.starts_at,
        pushed_ends_at=visit.ends_at, moved_to="deleted" if gone else "elsewhere",
    )  # fmt: skip
    if not gone:
        BusyBlock.objects.create(
            shop=shop, technician=visit.technician, calendar_id=calendar.calendar_id, event_id=f"event{visit.pk}",
            starts_at=at(to), ends_at=at(to + 2),
        )  # fmt: skip
    return Concern.objects.create(
        shop=shop, kind=kind, key=f"visit:{visit.pk}", text="Sam did something in Google.", created_at=now, visit=visit,
        booking=visit.booking, technician=visit.technician,
        proposed_starts_at=None if gone else at(to), proposed_ends_at=None if gone else at(to + 2),
    )  # fmt: skip


@pytest.fixture
def concern(shop, now):
    return moved(shop, now)


def open_page(desk, concern):
    return desk.get(page(Concern, "change", concern.pk))


def press(desk, concern, what, *, seen=None, **more):
    if seen is None:
        conflict = open_page(desk, concern).context["conflict"]
        seen = conflict.seen if conflict else ""
    address = reverse("admin:bookings_concern_decide", args=[concern.pk])
    return desk.post(address, {what: "1", "seen": seen, **more}, follow=True)


def test_the_page_shows_both_sides_and_what_can_be_done(desk, concern):
    text = open_page(desk, concern).content.decode()
    assert "Wed 25 Nov, 9\u201311 am" in text
    assert f"{concern.technician.name}, Wed 25 Nov, 2\u20134 pm" in text
    assert "Accept: move the visit and text the customer" in text
    assert "Put the event back" in text
    assert 'href="tel:+12125550201"' in text
    assert "Mark as done" not in text


def test_accept_moves_the_visit_texts_the_customer_and_can_be_taken_back(desk, concern):
    text = press(desk, concern, "accept").content.decode()
    visit = Visit.objects.get()
    assert (visit.starts_at, visit.booking.promised_from) == (at(14), at(14))
    assert "follows: " in text
    assert "The promise is now Wed 25 Nov, 2\u20134 pm" in text
    assert "Undo" in text
    assert visit.booking.changes.get(kind="moved").by == "desk:dee"
    assert OutgoingMessage.objects.count() == 1
    assert BusyBlock.objects.count() == 0
    concern.refresh_from_db()
    mirror = EventMirror.objects.get()
    assert (concern.status, mirror.moved_to, mirror.pushed_starts_at) == ("done", "", at(14))
    back = {"technician": visit.technician_id, "starts_at": at(9).isoformat(), "version": visit.version}
    assert f"{visit.booking.reference} is back with" in press(desk, concern, "take_back", **back).content.decode()
    visit.refresh_from_db()
    assert (visit.starts_at, Booking.objects.get().promised_from) == (at(9), at(9))
    # Who was sent the other window is sent this one.
    assert [each.body.count("9 AM to 11 AM") for each in OutgoingMessage.objects.order_by("pk")] == [0, 1]


def test_accepting_a_deletion_cancels_the_booking(desk, shop, now):
    concern = moved(shop, now, kind=Concern.Kind.EVENT_DELETED)
    text = open_page(desk, concern).content.decode()
    assert "Accept: cancel the booking and text the customer" in text
    assert "is cancelled" in press(desk, concern, "accept").content.decode()
    booking = Booking.objects.get()
    assert booking.status == "cancelled"
    assert OutgoingMessage.objects.get().reason.startswith("cancelled:")
    concern.refresh_from_db()
    assert concern.status == "done"


def test_restore_puts_the_event_back(desk, concern):
    assert "Its event is put back" in press(desk, concern, "restore").content.decode()
    mirror = EventMirror.objects.get()
    assert (mirror.moved_to, mirror.pushed_version) == ("", 0)
    assert Visit.objects.get().starts_at == at(9)
    assert (BusyBlock.objects.count(), OutgoingMessage.objects.count()) == (0, 0)
    concern.refresh_from_db()
    assert concern.status == "done"


def test_waiting_keeps_it_open_with_what_is_waited_for(desk, concern):
    text = press(desk, concern, "wait", note="Left Jane a voicemail").content.decode()
    assert "Marked as waiting" in text
    assert "Left Jane a voicemail (since Tue 24 Nov, 9 am)" in text
    concern.refresh_from_db()
    assert (concern.status, concern.note) == ("open", "Left Jane a voicemail")
    assert EventMirror.objects.get().moved_to == "elsewhere"
    assert "Waiting" in desk.get(LIST, {"calendar": "waiting"}).content.decode()


@pytest.mark.parametrize("what", ["accept", "restore", "wait"])
def test_who_presses_second_is_told(desk, concern, what):
    seen = open_page(desk, concern).context["conflict"].seen
    press(desk, concern, "restore", seen=seen)
    before = Visit.objects.values().get(), EventMirror.objects.values().get()
    assert "Somebody has decided this already" in press(desk, concern, what, seen=seen).content.decode()
    assert (Visit.objects.values().get(), EventMirror.objects.values().get()) == before


@pytest.mark.parametrize("what", ["accept", "restore"])
def test_what_changed_again_meanwhile_is_shown_instead(desk, concern, what):
    seen = open_page(desk, concern).context["conflict"].seen
    Concern.objects.update(proposed_starts_at=at(15), proposed_ends_at=at(17))
    text = press(desk, concern, what, seen=seen).content.decode()
    assert "It was changed again while you were looking at it." in text
    assert "Wed 25 Nov, 3\u20135 pm" in text
    assert Visit.objects.get().starts_at == at(9)
    assert EventMirror.objects.get().moved_to == "elsewhere"


def test_what_the_rules_refuse_is_said_with_the_way_to_overrule_it(desk, shop, concern):
    TimeOff.objects.create(shop=shop, technician=concern.technician, starts_at=at(14), ends_at=at(18))
    text = press(desk, concern, "accept").content.decode()
    assert "Nothing was changed: time off from" in text
    assert reverse("admin:bookings_visit_move", args=[concern.visit_id]) in text
    concern.refresh_from_db()
    assert (concern.status, Visit.objects.get().starts_at, BusyBlock.objects.count()) == ("open", at(9), 1)


def test_a_visit_given_to_a_colleague_goes_to_them(desk, shop, concern):
    other = Technician.objects.filter(shop=shop).exclude(pk=concern.technician_id)[0]
    Concern.objects.update(
        kind=Concern.Kind.EVENT_CHANGED, proposed_technician=other, proposed_starts_at=at(9), proposed_ends_at=at(11)
    )
    assert f"Accept: move the visit to {other.name}<" in open_page(desk, concern).content.decode()
    press(desk, concern, "accept")
    assert Visit.objects.get().technician == other
    assert OutgoingMessage.objects.count() == 0  # the window is the same


def test_busy_time_over_a_visit_is_moved_or_put_aside(desk, shop, now):
    visit = shelf.book(shop, now, on=DAY, at=time(9)).visits.get()
    concern = Concern.objects.create(
        shop=shop, kind="busy_over_visit", key="visit:1:x", text="Busy.", created_at=now, visit=visit, booking=visit.booking,
        technician=visit.technician,
    )  # fmt: skip
    text = open_page(desk, concern).content.decode()
    assert "Something else at the same time" in text
    assert 'name="accept"' not in text
    for there in ("Move the visit by hand", "Cancel the booking", "Mark as done", "tel:"):
        assert there in text


def test_bulk_marking_leaves_what_has_to_be_decided(desk, shop, now, concern):
    other = Concern.objects.create(shop=shop, kind="drive", key="x", text="Far.", created_at=now)
    text = desk.post(LIST, {"action": "done", "_selected_action": [concern.pk, other.pk]}, follow=True).content.decode()
    assert "1 left open" in text
    assert "1 marked as done" in text
    assert list(Concern.objects.filter(status="open")) == [concern]


def test_calendar_conflicts_are_a_filter(desk, shop, now, concern):
    Concern.objects.create(shop=shop, kind="drive", key="x", text="Too far away.", created_at=now)
    text = desk.get(LIST, {"calendar": "open"}).content.decode()
    assert "Sam did something in Google." in text
    assert "Too far away." not in text
    assert "Sam did something in Google." not in desk.get(LIST, {"calendar": "waiting"}).content.decode()
    appointments.cancel(concern.booking_id, by="desk:eve", reason="", now=now)
    assert "Sam did something in Google." not in desk.get(LIST, {"calendar": "open"}).content.decode()
    assert "Sam did something in Google." in desk.get(LIST, {"calendar": "all"}).content.decode()


def test_strangers_and_technicians_decide_nothing(client, shop, other_shop, concern):
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    assert press(client, concern, "accept", seen="x").status_code == 404
    client.force_login(shelf.technician(shop))
    assert press(client, concern, "accept", seen="x").status_code == 403
    assert client.get(reverse("admin:bookings_concern_decide", args=[concern.pk])).status_code == 403


def test_pages_take_a_constant_number_of_statements(desk, shop, now, concern):
    def counted(address, **more):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address, more).status_code == 200
        return len(queries)

    one = counted(LIST, calendar="open"), counted(page(Concern, "change", concern.pk))
    for n in range(4):
        moved(shop, now, hour=(9, 12)[n % 2], to=16, origin=f"seed:{n + 2}")
    assert (counted(LIST, calendar="open"), counted(page(Concern, "change", concern.pk))) == one


def test_the_shop_says_what_technicians_may_do(office, shop):
    text = office.get(reverse("admin:bookings_shop_change", args=[shop.pk])).content.decode()
    for name in ("technician_moves", "event_details", "tentative_is_busy"):
        assert f'name="{name}"' in text
