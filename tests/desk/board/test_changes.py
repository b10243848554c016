"""The change token moves with everything the board shows, and with nothing else; so does each row's digest with its row."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from bookings import models
from bookings.services import appointments
from calendars.models import CalendarConnection, EventMirror
from telephony.models import Call
from tests.desk import shelf

TODAY = date(2026, 11, 24)


@pytest.fixture
def world(shop, now):
    booking = shelf.book(shop, now, on=TODAY, at=time(13))
    visit = booking.visits.get()
    calendar = shelf.connect(visit.technician, now)
    rows = {
        "shop": shop,
        "booking": booking,
        "visit": visit,
        "calendar": calendar,
        "mirror": shelf.mirror(visit, calendar),
        "technician": visit.technician,
        "other": models.Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id).first(),
        "lead": models.Lead.objects.create(shop=shop, origin="call:1", reason="no_time", created_at=now),
        "concern": models.Concern.objects.create(shop=shop, kind="emergency", key="k", text="Look", created_at=now),
        "off": models.TimeOff.objects.create(
            shop=shop, technician=visit.technician, starts_at=now, ends_at=now + timedelta(hours=1)
        ),
    }
    return type("World", (), rows)


def token(client):
    return client.get("/board/changes", {"day": "2026-11-24"})["ETag"]


def test_unchanged_is_304_without_a_body(desk, world):
    first = desk.get("/board/changes", {"day": "2026-11-24"})
    assert first.status_code == 200
    for held in (first["ETag"], f"W/{first['ETag']}", f'"else", {first["ETag"]}'):
        again = desk.get("/board/changes", {"day": "2026-11-24"}, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
    assert f'data-token="{first.json()["token"]}"' in desk.get("/board/?day=2026-11-24&fragment=1").content.decode()


def update(what, **fields):
    def change(world):
        row = getattr(world, what)
        assert type(row).objects.filter(pk=row.pk).update(**fields) == 1

    change.__name__ = f"{what}:{','.join(fields)}"
    return change


def cancelled(world):
    appointments.cancel(world.booking.pk, by="desk:dee", reason="", now=timezone.now())


def moved_to_another_technician(world):
    models.Visit.objects.filter(pk=world.visit.pk).update(technician=world.other)


def moved_in_time(world):
    models.Visit.objects.filter(pk=world.visit.pk).update(ends_at=world.visit.ends_at - timedelta(minutes=15))


def name_corrected(world):
    models.Customer.objects.filter(pk=world.booking.customer_id).update(name="Jane Dough")


def address_corrected(world):
    models.Property.objects.filter(pk=world.booking.property_id).update(zip_code="10002")


def booked(world):
    shelf.book(world.shop, timezone.now(), on=TODAY, at=time(16), origin="seed:new")


def busy(world):
    now = timezone.now()
    models.BusyBlock.objects.create(
        shop=world.shop, technician=world.other, calendar_id="c", event_id="e", starts_at=now, ends_at=now + timedelta(hours=1)
    )


def time_off_ended(world):
    world.off.delete()


def hours_changed(world):
    models.WorkingHours.objects.filter(technician=world.other, weekday=1).update(ends=time(17))


def technician_added(world):
    models.Technician.objects.create(shop=world.shop, name="New")


def closed(world):
    models.Closure.objects.create(shop=world.shop, on=TODAY)


def connected(world):
    shelf.connect(world.other, timezone.now())


def disconnected(world):
    CalendarConnection.objects.filter(pk=world.calendar.pk).update(state="revoked")


def gone_stale(world):
    models.CalendarFreshness.objects.update(read_at=timezone.now() - timedelta(hours=3))


def called(world):
    Call.objects.create(shop=world.shop, twilio_sid="CA1", started_at=timezone.now())


def lead_added(world):
    models.Lead.objects.create(shop=world.shop, origin="call:2", reason="voicemail", created_at=timezone.now())


def mirror_retired(world):
    EventMirror.objects.filter(pk=world.mirror.pk).update(retired=True, wanted="absent")


CHANGES = [
    update("visit", version=2),
    update("visit", status="ended"),
    update("visit", overbooked=True),
    update("visit", technician=None),
    update("visit", pinned=True),
    update("visit", role="helper"),
    update("booking", urgency="urgent"),
    update("booking", zip_code="10023"),
    update("booking", status="en_route"),
    update("booking", problem="Also a noise"),
    update("mirror", confirmed="present"),
    update("mirror", pushed_version=1),
    update("mirror", blocked_reason="quota"),
    update("mirror", last_error="503"),
    update("mirror", moved_to="2026-11-25"),
    update("lead", status="done"),
    update("lead", wanted="A new furnace"),
    update("lead", phone="+12125550201"),
    update("concern", status="done"),
    update("concern", text="Look again"),
    update("off", reason="Dentist"),
    update("technician", name="Renamed"),
    update("technician", active=False),
    update("shop", name="ABC Heating"),
    cancelled, moved_to_another_technician, moved_in_time, name_corrected, address_corrected, booked, busy, time_off_ended,
    hours_changed, technician_added, closed, connected, disconnected, gone_stale, called, lead_added, mirror_retired,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_visible_change_moves_the_token(desk, world, change):
    before = token(desk)
    assert token(desk) == before
    change(world)
    assert token(desk) != before


def rows(client, view="day"):
    """Return the digests of the rows by technician."""
    answer = client.get("/board/", {"day": "2026-11-24", "view": view, "fragment": "1"})
    return {int(pk): digest for pk, digest in re.findall(r'id="row-(\d+)" data-digest="(\w+)"', answer.content.decode())}


def whose(world, change, everybody):
    """Return the technicians whose rows a change shows in."""
    own, other, name = world.visit.technician_id, world.other.pk, change.__name__
    if name.startswith(("lead", "concern")) or name == "called":
        return set()
    if name.startswith(("shop", "technician")) or name in ("hours_changed", "closed"):
        return everybody
    if name == "booked":
        return {models.Visit.objects.get(booking__origin="seed:new").technician_id}
    return {"moved_to_another_technician": {own, other}, "busy": {other}, "connected": {other}}.get(name, {own})


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_it_moves_the_rows_that_show_it_and_no_others(desk, world, change, view):
    before = rows(desk, view)
    assert rows(desk, view) == before
    change(world)
    after = rows(desk, view)
    everybody = set(before) | set(after)
    assert {pk for pk in everybody if before.get(pk) != after.get(pk)} == whose(world, change, everybody)


def test_a_row_moves_as_a_hold_comes_and_runs_out_but_not_while_it_runs_down(desk, shop, now):
    before = rows(desk)
    held = shelf.hold(shop, now, on=TODAY, at=time(13))
    during = rows(desk)
    assert {pk for pk in before if before[pk] != during[pk]} == {held.visits.get().technician_id}
    with time_machine.travel(held.hold_expires_at - timedelta(seconds=1), tick=False):
        assert rows(desk) == during
    with time_machine.travel(held.hold_expires_at, tick=False):
        assert rows(desk) == before


def test_rows_move_when_the_axis_grows(desk, shop, now):
    before = rows(desk)
    visit = shelf.book(shop, now, on=TODAY, at=time(13)).visits.get()
    late = timezone.now() + timedelta(hours=13)
    models.Visit.objects.filter(pk=visit.pk).update(ends_at=late, blocked=(visit.starts_at, late))
    after = rows(desk)
    assert not set(before.values()) & set(after.values())


def test_a_hold_moves_the_token_when_it_comes_and_when_it_runs_out(desk, shop, now):
    before = token(desk)
    held = shelf.hold(shop, now, on=TODAY, at=time(13))
    during = token(desk)
    assert during != before
    with time_machine.travel(held.hold_expires_at - timedelta(seconds=1), tick=False):
        assert token(desk) == during
    with time_machine.travel(held.hold_expires_at, tick=False):
        assert token(desk) == before


def test_another_shop_s_and_another_day_s_changes_do_not(desk, world, other_shop, now):
    before = token(desk)
    shelf.fill(other_shop, now)
    shelf.book(world.shop, now, on=date(2026, 11, 27), at=time(9), origin="seed:later")
    models.CalendarFreshness.objects.update(read_at=now - timedelta(seconds=5))
    assert token(desk) == before
