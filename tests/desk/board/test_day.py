"""The board: who may see it, what it says, what it costs."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, BusyBlock, Closure, Concern, StaffMember, Technician, TimeOff, Visit
from bookings.services import appointments, lifecycle
from calendars.models import EventMirror
from tests.desk import shelf
from tests.factories import TechnicianFactory, a_shop

TODAY = date(2026, 11, 24)
NEW_YORK = ZoneInfo("America/New_York")


def at(hour, minute=0):
    return datetime(2026, 11, 24, hour, minute, tzinfo=NEW_YORK)


def board(client, **query):
    answer = client.get("/board/", {"day": "2026-11-24", **query})
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_are_sent_to_sign_in(client, shop):
    for url in ("/board/", "/board/changes", "/board/?fragment=1"):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/?next=/board/")


def test_users_who_are_not_staff_are_refused(client, shop):
    user = User.objects.create_user("customer")
    StaffMember.objects.create(user=user, shop=shop)
    client.force_login(user)
    assert client.get("/board/").status_code == 403
    assert client.get("/board/changes").status_code == 403


def test_another_shop_is_not_found(desk, shop, other_shop):
    for asked in (str(other_shop.pk), "nonsense", "0", f"{shop.pk}x"):
        assert desk.get("/board/", {"shop": asked}).status_code == 404
        assert desk.get("/board/changes", {"shop": asked}).status_code == 404
    assert "bd-shops" not in board(desk)


def test_a_member_of_two_shops_switches_between_them(client, shop, other_shop):
    client.force_login(shelf.dispatcher(shop, other_shop))
    text = board(client)
    assert "bd-shops" in text
    assert f"shop={other_shop.pk}" in text
    assert "Other Air" in board(client, shop=other_shop.pk)


def test_a_day_that_is_none_is_today(desk):
    for day in ("tomorrow", "2026-13-01", "9999-12-31", ""):
        assert 'data-day="2026-11-24"' in board(desk, day=day)


def test_staff_of_no_shop_are_told_what_to_do(client, shop):
    client.force_login(shelf.dispatcher())
    answer = client.get("/board/")
    assert answer.status_code == 403
    assert "asks its owner to be added" in answer.content.decode()
    assert client.get("/board/changes").status_code == 403


def test_an_owner_without_a_shop_is_led_to_add_one(admin_client):
    assert "Add your shop" in admin_client.get("/board/").content.decode()


def test_a_shop_without_technicians_says_so(client, db):
    shop = a_shop(technicians=0)
    client.force_login(shelf.dispatcher(shop))
    assert "The owner adds the people who drive" in board(client)
    client.force_login(shelf.owner(shop))
    assert "Add a technician" in board(client)


def test_an_empty_day_says_what_happens_next(desk):
    text = board(desk)
    assert "No visits on this day yet" in text
    assert "Nobody waits for a call." in text
    assert "What technicians did goes with what was promised." in text
    assert "Nothing needs a look." in text
    assert "Every visit has somebody." in text
    assert "#bd-nobody" not in text


def test_a_visit_s_card_says_who_what_where_and_when(desk, shop, now):
    booking = shelf.book(shop, now, on=TODAY, at=time(13), address="12 Main St, New York 10001")
    text = board(desk)
    for said in ("Jane Doe", "Repair visit", "10001", "1\u20133 pm", booking.reference, "(212) 555-0201", "12 Main St"):
        assert said in text
    assert f"/board/visits/{booking.visits.get().pk}/" in text
    assert "No calendar connected" in text


def test_the_card_s_words_follow_google(desk, shop, now):
    visit = shelf.book(shop, now, on=TODAY, at=time(13)).visits.get()
    calendar = shelf.connect(visit.technician, now)
    assert "Not yet in the technician&#x27;s calendar" in board(desk) or "Not yet in the technician's calendar" in board(desk)
    mirror = shelf.mirror(visit, calendar)

    def said(**fields):
        type(mirror).objects.filter(pk=mirror.pk).update(**fields)
        return board(desk)

    long = '<span class="bd-long">{}'.format
    assert long("In Google Calendar") in said(confirmed="present", pushed_version=1)
    Visit.objects.filter(pk=visit.pk).update(version=2)
    assert long("Change not yet in the technician") in said()
    assert long("Google refused: no such calendar") in said(blocked_reason="no such calendar", blocked_version=2)
    assert long("Change not yet in the technician") in said(blocked_version=1)
    type(calendar).objects.filter(pk=calendar.pk).update(state="revoked")
    text = said()
    assert long("Disconnected") in text
    assert "Calendar disconnected" in text


def test_the_row_says_when_a_calendar_is_not_read(desk, shop, now):
    technician = Technician.objects.filter(shop=shop)[0]
    calendar = shelf.connect(technician, now)
    assert "Calendar not read" not in board(desk)
    fresh = technician.freshness
    fresh.read_at = now - timedelta(hours=2)
    fresh.save()
    assert "Calendar not read for 2 h" in board(desk)
    fresh.read_at = None
    fresh.save()
    assert "Calendar not read yet" in board(desk)
    assert calendar.calendar_id not in board(desk)


def test_busy_time_and_time_off_show_without_their_titles(desk, shop, now):
    one, two, _ = Technician.objects.filter(shop=shop)
    BusyBlock.objects.create(
        shop=shop, technician=one, calendar_id="c", event_id="Doctor Smith", starts_at=at(12), ends_at=at(13, 30)
    )
    TimeOff.objects.create(shop=shop, technician=two, starts_at=at(0), ends_at=at(0) + timedelta(days=1), reason="Vacation")
    text = board(desk)
    assert 'title="Busy, 12\u20131:30 pm"' in text
    assert "Doctor" not in text
    assert 'title="Off: Vacation, All day"' in text


def test_a_closed_day_says_why(desk, shop):
    Closure.objects.create(shop=shop, on=TODAY, reason="Inventory")
    text = board(desk)
    assert "Closed: Inventory" in text
    assert "No visits on this day yet" not in text


def test_cancelled_visits_leave_and_done_ones_stay(desk, shop, now):
    gone = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:1")
    kept = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:2")
    appointments.cancel(gone.pk, by="desk:dee", reason="", now=now)
    for to in (Booking.Status.ON_SITE, Booking.Status.DONE):
        lifecycle.step(kept.pk, to, by="desk:dee", now=now)
    assert kept.visits.get().status == Visit.Status.DONE
    text = board(desk)
    assert gone.reference not in text
    assert kept.reference in text
    assert '<span class="bd-status bd-mark-status">Done</span>' in text


def test_a_visit_without_a_technician_and_one_of_a_former_one_are_not_lost(desk, shop, now):
    alone = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:1")
    alone.visits.update(technician=None)
    waits = alone.visits.get()
    left = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:2").visits.get()
    Technician.objects.filter(pk=left.technician_id).update(active=False)
    text = board(desk)
    tray = text.split('id="bd-nobody"')[1].split("</section>")[0]
    assert "<b>1</b> without a technician" in tray
    (card,) = re.findall(rf'<li data-visit="{waits.pk}" data-version="1" [^>]*>', tray)
    assert 'data-for="7200" data-on="2026-11-24" data-clock="13:00" data-moves>' in card
    assert f'href="/board/visits/{waits.pk}/"' in tray
    assert "<time>Tue 1:00 pm</time>" in tray
    assert f'id="visit-{waits.pk}"' not in rows_of(text)
    assert text.count('href="#bd-nobody"') == 1
    assert f"{left.technician.name} (inactive)" in text


def test_other_shops_work_is_not_on_the_board(desk, other_shop, now):
    rows = shelf.fill(other_shop, now)
    text = board(desk, day="2026-11-25")
    assert rows[Booking].reference not in text
    assert "555-0209" not in text


def test_what_callers_say_is_text(desk, shop, now):
    shelf.book(shop, now, on=TODAY, at=time(13), name="<script>alert(1)</script>", address='"><img src=x> 10001')
    text = board(desk)
    assert "<script>alert(1)" not in text
    assert "<img src=x>" not in text


def test_conflicts_with_google_have_a_place_of_their_own(desk, shop, now):
    for n, kind in enumerate(("event_moved", "address", "busy_over_visit")):
        Concern.objects.create(shop=shop, kind=kind, key=str(n), text=f"What happened {n}", created_at=now)
    text = board(desk)
    assert "<b>2</b> conflicts with Google" in text
    assert "<b>1</b> to look at" in text
    conflicts, others = text.split('id="bd-conflicts"')[1].split('id="bd-concerns"')
    assert ("What happened 0" in conflicts, "What happened 1" in conflicts, "What happened 2" in conflicts) == (True, False, True)
    assert "What happened 1" in others


def test_drives_between_visits_are_drawn_and_those_that_do_not_fit_stand_out(desk, shop, now):
    one = Technician.objects.filter(shop=shop)[0]
    for n, hour in enumerate((10, 13)):
        shelf.book(shop, now, on=TODAY, at=time(hour), origin=f"seed:{n}")
    first, second = Visit.objects.order_by("starts_at")
    Visit.objects.update(technician=one, latitude=40.75, longitude=-73.99)
    assert "bd-drive" not in rows_of(board(desk))
    Visit.objects.filter(pk=second.pk).update(latitude=40.95, longitude=-73.99)
    text = board(desk)
    (drive,) = re.findall(r'<li class="bd-drive" data-at="(\d+)" data-for="(\d+)" title="(\d+) min drive">', text)
    starts, seconds, minutes = map(int, drive)
    assert (starts + seconds, seconds) == (6 * 3600, minutes * 60)
    assert 30 <= minutes <= 60
    ends = second.starts_at - timedelta(minutes=15)
    Visit.objects.filter(pk=first.pk).update(ends_at=ends, blocked=(first.starts_at, ends))
    text = board(desk)
    assert f'title="{minutes} min drive, 15 min free"' in text
    assert '<li class="bd-drive bd-late"' in text


def test_rows_that_are_known_already_are_sent_empty(desk, shop, now):
    visit = shelf.book(shop, now, on=TODAY, at=time(13)).visits.get()

    def rows(has=()):
        answer = desk.get("/board/", {"day": "2026-11-24", "fragment": "1"}, headers={"Board-Has": ",".join(has)})
        found = re.findall(r'<div class="bd-row" id="row-(\w+)" data-digest="(\w+)"(></div>)?', answer.content.decode())
        return {row: (digest, bool(empty)) for row, digest, empty in found}

    before = rows()
    assert set(before) == {str(each.pk) for each in Technician.objects.filter(shop=shop)}
    assert {empty for _, empty in before.values()} == {False}
    known = [digest for digest, _ in before.values()]
    assert {empty for _, empty in rows(known).values()} == {True}
    Booking.objects.filter(pk=visit.booking_id).update(urgency="urgent")
    assert {row for row, (_, empty) in rows(known).items() if not empty} == {str(visit.technician_id)}


def test_of_rows_that_are_known_nothing_is_read(desk, shop, now):
    shelf.book(shop, now, on=TODAY, at=time(13))

    def feed(has=()):
        with CaptureQueriesContext(connection) as queries:
            answer = desk.get("/board/", {"day": "2026-11-24", "fragment": "1"}, headers={"Board-Has": ",".join(has)})
        return answer.content.decode(), len(queries)

    text, everything = feed()
    assert "Jane Doe" in text
    known, little = feed(re.findall(r'data-digest="(\w+)"', text))
    assert "Jane Doe" not in known
    assert "<b>1</b> visit</a>" in known
    assert little == everything - 2  # no events and no busy time; what nobody has is always asked for


def test_the_line_of_the_present_is_today_s(desk, shop):
    assert "bd-now-dot" in board(desk)
    assert "bd-now-dot" not in board(desk, day="2026-11-25")


@pytest.mark.parametrize("view", ["day", "week"])
def test_the_board_costs_the_same_for_one_visit_and_for_four_hundred(desk, shop, now, django_assert_num_queries, view):
    shelf.book(shop, now, on=TODAY, at=time(10))
    board(desk, view=view)
    with CaptureQueriesContext(connection) as one:
        board(desk, view=view)
    cost = len(one)
    assert cost <= 12
    crowd(shop, now)
    board(desk, view=view)
    for more in ({}, {"fragment": "1"}):
        with django_assert_num_queries(cost):
            assert "<b>400</b> visits" in board(desk, view=view, **more)
    with CaptureQueriesContext(connection) as asked:
        desk.get("/board/changes", {"day": "2026-11-24", "view": view})
    assert len(asked) == 4


def crowd(shop, now):
    """Fill today up to fifty technicians and 400 visits, each with an event in its technician's calendar."""
    only = Visit.objects.select_related("booking").get()
    TechnicianFactory.create_batch(50 - Technician.objects.filter(shop=shop).count(), shop=shop)
    team = list(Technician.objects.filter(shop=shop))
    calendars = {each.pk: shelf.connect(each, now) for each in team}
    others = [each for each in team if each.pk != only.technician_id]
    times = [(each, at(7) + timedelta(minutes=90 * n)) for n in range(9) for each in others][:399]
    was = only.booking
    bookings = Booking.objects.bulk_create(
        Booking(
            shop=shop, reference=f"HV-{n}", customer=was.customer, property=was.property, service_type=was.service_type,
            promised_from=starts, promised_to=starts + timedelta(hours=2), minutes=60, origin_at=now,
        )
        for n, (_, starts) in enumerate(times)
    )  # fmt: skip
    visits = Visit.objects.bulk_create(
        Visit(
            shop=shop, booking=booking, technician=each, starts_at=starts, ends_at=starts + timedelta(hours=1),
            blocked=(starts, starts + timedelta(hours=1)), latitude=40.7 + n % 9 / 100, longitude=-73.99,
        )
        for n, (booking, (each, starts)) in enumerate(zip(bookings, times, strict=True))
    )  # fmt: skip
    EventMirror.objects.bulk_create(
        EventMirror(
            shop=shop, connection=calendars[each.pk], visit=visit, event_id=f"e{visit.pk}",
            calendar_id=calendars[each.pk].calendar_id, confirmed="present", pushed_version=1,
        )
        for visit, (each, _) in zip(visits, times, strict=True)
    )  # fmt: skip


def rows_of(text):
    return text.split('id="bd-rows"')[1].split("<footer")[0]
