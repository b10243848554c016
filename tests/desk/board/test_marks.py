"""What the board marks: holds, two visits at once, urgent work, crews, overtime."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.engine.roster import Urgency
from bookings.models import Booking, Closure, CrewMember, ServiceType, Technician, Visit, WorkingHours
from tests.desk import shelf
from tests.desk.board.test_day import board

TODAY = date(2026, 11, 24)


def test_a_hold_says_what_is_held_and_for_how_long(desk, shop, now):
    held = shelf.hold(shop, now, on=TODAY, at=time(13))
    text = board(desk)
    assert f'href="/board/visits/{held.visits.get().pk}/"' in text
    assert "<b>On hold</b>" in text
    assert "Repair visit" in text
    assert "afternoon" in text
    assert f'<time data-until="{held.hold_expires_at.astimezone(shop.zone).isoformat()}">5:00</time> left' in text
    assert "<b>0</b> visits" in text
    assert "<b>1</b> on hold" in text
    with time_machine.travel(now + timedelta(seconds=61), tick=False):
        assert ">3:59</time> left" in board(desk)


def test_a_hold_that_ran_out_is_not_shown(desk, shop, now):
    held = shelf.hold(shop, now, on=TODAY, at=time(13))
    with time_machine.travel(held.hold_expires_at, tick=False):
        text = board(desk)
    assert "On hold" not in text
    assert f"/board/visits/{held.visits.get().pk}/" not in text


def test_two_visits_at_once_are_red_and_say_so(desk, shop, now):
    visit = shelf.book(shop, now, on=TODAY, at=time(13)).visits.get()
    assert "bd-is-over" not in board(desk)
    Visit.objects.filter(pk=visit.pk).update(overbooked=True)
    text = board(desk)
    assert "bd-card bd-booked bd-is-over" in text
    assert '<span class="bd-status bd-mark-over">Overbooked</span>' in text


@pytest.mark.parametrize(("urgency", "word"), [(Urgency.URGENT, "Urgent"), (Urgency.EMERGENCY, "Emergency")])
def test_urgent_work_is_marked_by_word_and_colour(desk, shop, now, urgency, word):
    shelf.book(shop, now, on=TODAY, at=time(13), urgency=urgency)
    text = board(desk)
    assert f"bd-is-{urgency}" in text
    assert f'<span class="bd-status bd-mark-{urgency}">{word}</span>' in text


def test_routine_work_has_no_mark(desk, shop, now):
    shelf.book(shop, now, on=TODAY, at=time(13))
    assert "bd-mark-" not in board(desk)


def test_whoever_goes_along_is_called_so(desk, shop, now):
    CrewMember.objects.create(shop=shop, service_type=ServiceType.objects.get(shop=shop, key="repair"), role="electrician")
    booking = shelf.book(shop, now, on=TODAY, at=time(13))
    assert booking.visits.count() == 2
    text = board(desk)
    assert text.count("Jane Doe</b>") == 2
    assert text.count('<span class="bd-status bd-mark-role">Electrician</span>') == 1


def test_overtime_is_drawn_apart_and_is_no_regular_time(desk, shop):
    one = Technician.objects.filter(shop=shop)[0]
    WorkingHours.objects.create(shop=shop, technician=one, weekday=1, starts=time(18), ends=time(22), overtime=True)
    text = board(desk)
    assert text.count('<i class="bd-shift"') == 3
    assert text.count('<i class="bd-overtime"') == 1
    assert "8 am\u20136 pm, OT 6\u201310 pm" in text
    assert 'title="8 am\u20136 pm, overtime 6\u201310 pm"' in text


def test_a_closed_day_shows_overtime_only(desk, shop):
    one = Technician.objects.filter(shop=shop)[0]
    WorkingHours.objects.create(shop=shop, technician=one, weekday=1, starts=time(18), ends=time(22), overtime=True)
    Closure.objects.create(shop=shop, on=TODAY, reason="Inventory")
    text = board(desk)
    assert text.count('<i class="bd-shift"') == 0
    assert text.count('<i class="bd-overtime"') == 1
    assert "Only urgent work is booked for this day, in overtime hours." in text
    assert "Overtime only" in text


def test_holds_marks_and_crews_cost_no_query_more(desk, shop, now, django_assert_num_queries):
    shelf.book(shop, now, on=TODAY, at=time(10), origin="seed:1")
    board(desk)
    with CaptureQueriesContext(connection) as one:
        board(desk)
    shelf.hold(shop, now, on=TODAY, at=time(13), origin="call:1")
    shelf.hold(shop, now, on=TODAY, at=time(13), origin="call:2")
    shelf.book(shop, now, on=TODAY, at=time(16), origin="seed:2", urgency=Urgency.URGENT)
    Visit.objects.filter(booking__status=Booking.Status.BOOKED).update(overbooked=True, pinned=True, role="helper")
    with django_assert_num_queries(len(one)):
        board(desk)
