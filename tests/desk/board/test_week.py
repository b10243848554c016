"""The week: technicians as rows, days as columns."""

import re
from datetime import date, datetime, time, timedelta

from bookings.models import Closure, Technician, TimeOff, Visit
from tests.desk import shelf

WEDNESDAY = date(2026, 11, 25)


def week(client, **query):
    answer = client.get("/board/", {"day": "2026-11-25", "view": "week", **query})
    assert answer.status_code == 200
    return answer.content.decode()


def cells(text, technician):
    """Return a technician's seven days as pieces of the page."""
    (row,) = re.findall(rf'<div class="bd-row" id="row-{technician.pk}".*?(?=<div class="bd-row"|<footer)', text, re.DOTALL)
    return dict(re.findall(r'<div class="bd-cell[^"]*" data-on="([\d-]+)">(.*?)</div>', row, re.DOTALL))


def test_it_begins_on_monday_and_has_seven_days(desk, shop):
    text = week(desk)
    assert "23 November \u2013 29 November" in text
    assert 'data-day="2026-11-23"' in text
    found = cells(text, Technician.objects.filter(shop=shop)[0])
    assert list(found) == [f"2026-11-{day}" for day in range(23, 30)]
    assert "Not working" in found["2026-11-28"]
    assert "8 am\u20136 pm" in found["2026-11-25"]


def test_a_visit_stands_on_its_day_with_what_is_planned(desk, shop, now):
    visit = shelf.book(shop, now, on=WEDNESDAY, at=time(13)).visits.get()
    found = cells(week(desk), visit.technician)
    assert f'data-visit="{visit.pk}"' in found["2026-11-25"]
    assert 'data-clock="13:00"' in found["2026-11-25"]
    assert "Jane Doe" in found["2026-11-25"]
    assert "2 h planned" in found["2026-11-25"]
    assert "Jane Doe" not in found["2026-11-24"]


def test_what_is_on_hold_counts_as_no_visit(desk, shop, now):
    shelf.book(shop, now, on=WEDNESDAY, at=time(13))
    shelf.hold(shop, now, on=WEDNESDAY, at=time(9))
    text = week(desk)
    assert "<b>Wed 25</b> <small>1 visit</small>" in text
    assert "<b>1</b> visit<" in text


def test_nobody_s_visits_wait_in_the_tray(desk, shop, now):
    visit = shelf.book(shop, now, on=WEDNESDAY, at=time(13)).visits.get()
    Visit.objects.update(technician=None)
    text = week(desk)
    assert "Jane Doe" not in text.split('id="bd-rows"')[1].split("<footer")[0]
    assert f'<li data-visit="{visit.pk}"' in text.split('id="bd-nobody"')[1].split("</section>")[0]


def test_time_off_and_closed_days_are_told(desk, shop):
    one = Technician.objects.filter(shop=shop)[0]
    starts = datetime.combine(WEDNESDAY, time(), shop.zone)
    TimeOff.objects.create(
        shop=shop, technician=one, starts_at=starts, ends_at=starts + timedelta(days=1, hours=12), reason="Flu"
    )
    Closure.objects.create(shop=shop, on=date(2026, 11, 27), reason="Inventory")
    text = week(desk)
    found = cells(text, one)
    assert '<p class="bd-cell-off">Off: Flu</p>' in found["2026-11-25"]
    assert '<p class="bd-cell-off">Off: Flu, 12 am\u201312 pm</p>' in found["2026-11-26"]
    assert "<b>Fri 27</b> <small>Closed</small>" in text


def test_the_token_of_a_week_moves_with_each_of_its_days_and_no_other(desk, shop, now):
    def token():
        return desk.get("/board/changes", {"day": "2026-11-25", "view": "week"})["ETag"]

    first = token()
    assert f'data-token="{first.strip(chr(34))}"' in week(desk)
    shelf.book(shop, now, on=date(2026, 11, 27), at=time(13), origin="seed:in")
    second = token()
    assert second != first
    shelf.book(shop, now, on=date(2026, 12, 1), at=time(13), origin="seed:out")
    assert token() == second
