"""The board: who may see it, what it says, what it costs."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, BusyBlock, Closure, StaffMember, Technician, TimeOff, Visit
from bookings.services import appointments, lifecycle
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
    client.force_login(shelf.dispatcher(a_shop(technicians=0)))
    assert "Add a technician" in board(client)


def test_an_empty_day_says_what_happens_next(desk):
    text = board(desk)
    assert "No visits on this day yet" in text
    assert "Nobody waits for a call." in text
    assert "Nothing needs a look." in text


def test_a_visit_s_card_says_who_what_where_and_when(desk, shop, now):
    booking = shelf.book(shop, now, on=TODAY, at=time(13), address="12 Main St, New York 10001")
    text = board(desk)
    for said in ("Jane Doe", "Repair visit", "10001", "1\u20133 pm", booking.reference, "(212) 555-0201", "12 Main St"):
        assert said in text
    assert f"/admin/bookings/booking/{booking.pk}/change/" in text
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
    left = shelf.book(shop, now, on=TODAY, at=time(13), origin="seed:2").visits.get()
    Technician.objects.filter(pk=left.technician_id).update(active=False)
    text = board(desk)
    assert "Nobody yet" in text
    assert alone.reference in text
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


def test_the_board_costs_the_same_for_one_visit_and_for_thirty(desk, shop, now, django_assert_num_queries):
    for _ in range(9):
        TechnicianFactory(shop=shop)
    shop.refresh_from_db()
    technicians = Technician.objects.filter(shop=shop)
    calendars = {technician.pk: shelf.connect(technician, now) for technician in technicians}

    def add(n, hour):
        visit = shelf.book(shop, now, on=TODAY, at=time(hour), origin=f"seed:{n}", name=f"Customer {n}").visits.get()
        shelf.mirror(visit, calendars[visit.technician_id], confirmed="present", pushed_version=1)

    add(0, 10)
    board(desk)
    with CaptureQueriesContext(connection) as one:
        board(desk)
    for n in range(1, 30):
        add(n, 10 if n < 12 else 13 if n < 24 else 16)
    assert Visit.objects.count() == 30
    with django_assert_num_queries(len(one)):
        assert "<b>30</b> visits" in board(desk)
    assert len(one) <= 12
    with CaptureQueriesContext(connection) as asked:
        desk.get("/board/changes", {"day": "2026-11-24"})
    assert len(asked) == 4
