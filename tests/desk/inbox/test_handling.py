"""Who has it, until when it is put aside, the note: by the shop's clock, and by two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections

from desk import tasks
from desk.inbox import handling
from desk.models import Handling
from tests.desk import shelf as rows
from tests.desk.inbox.shelf import Kind, concern, ids, lead, press, shown

NEW_YORK = ZoneInfo("America/New_York")


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "now", "until"),
    [
        ("30", utc(2026, 11, 24, 14), utc(2026, 11, 24, 14, 30)),
        ("120", utc(2026, 11, 24, 14), utc(2026, 11, 24, 16)),
        ("morning", utc(2026, 11, 24, 14), utc(2026, 11, 25, 13)),
        # Late in the evening it is tomorrow in UTC already, and not yet at the shop.
        ("morning", utc(2026, 11, 25, 4, 30), utc(2026, 11, 25, 13)),
        # The night the clocks go forward, and the one they go back: 8 am by the shop's clock both times.
        ("morning", utc(2026, 3, 7, 20), utc(2026, 3, 8, 12)),
        ("morning", utc(2026, 10, 31, 20), utc(2026, 11, 1, 13)),
        # Two hours are two hours, whatever the clock does meanwhile.
        ("120", utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 7, 30)),
    ],
)
def test_until_when(choice, now, until):
    assert handling.until(choice, zone=NEW_YORK, now=now) == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-03-08T02:30", utc(2026, 3, 8, 7, 30)),  # skipped: the moment after the jump
        ("2026-11-01T01:30", utc(2026, 11, 1, 5, 30)),  # twice: the first
        ("2026-03-09T07:45", utc(2026, 3, 9, 11, 45)),
    ],
)
def test_until_a_time_of_the_shop_s_clock(at, until):
    assert handling.until("at", at=at, zone=NEW_YORK, now=until - timedelta(days=1)) == until


@pytest.mark.parametrize("at", ["", "soon", "2026-11-24T08:59", "2026-11-24T09:00", "2027-03-01T09:00"])
def test_a_time_that_is_none_is_refused_in_words_and_changes_nothing(desk, shop, now, at):
    waits = lead(shop, now)
    answer = press(desk, "lead", waits.pk, "snooze", **{"for": "at", "at": at})
    assert not answer.context["said"].well
    assert answer.context["said"].text.startswith("It was not put aside. ")
    assert ids(answer) == [f"lead-{waits.pk}"]


def test_what_is_put_aside_comes_back_by_itself_and_counts_nowhere_meanwhile(desk, shop, now):
    waits = lead(shop, now)
    answer = press(desk, "lead", waits.pk, "snooze", **{"for": "30"})
    assert ids(answer) == []
    assert "Put aside until Tue 24 Nov, 9:30 am" in answer.content.decode()
    assert ids(shown(desk, tab="snoozed")) == [f"lead-{waits.pk}"]
    assert ids(shown(desk)) == []
    assert ids(shown(desk, group="leads", open=f"lead-{waits.pk}")) == [f"lead-{waits.pk}"]  # as the board's tray leads to it
    before = desk.get("/inbox/changes").json()
    assert before["count"] == 0
    with time_machine.travel(now + timedelta(minutes=30), tick=False):
        after = desk.get("/inbox/changes").json()
        assert (after["count"], after["token"] == before["token"]) == (1, False)
        assert ids(shown(desk)) == [f"lead-{waits.pk}"]


def test_an_emergency_is_never_put_aside(desk, shop, now):
    emergency = rows.danger(shop, now)
    told = concern(shop, now, Kind.EMERGENCY)
    for kind, row in (("emergency", emergency), ("concern", told)):
        answer = press(desk, kind, row.pk, "snooze", **{"for": "30"})
        assert answer.context["said"].text == "An emergency cannot be put aside."
    assert Handling.objects.count() == 0
    Handling.objects.create(shop=shop, kind="emergency", key=emergency.pk, snoozed_until=now + timedelta(days=1))
    assert len(ids(shown(desk))) == 2


def test_a_thing_is_mine_a_colleague_s_and_nobody_s(desk, shop, now):
    waits = lead(shop, now)
    kim = rows.dispatcher(shop, username="kim")
    answer = press(desk, "lead", waits.pk, "mine", had="")
    assert answer.context["inbox"].bands[0].shown[0].mine
    assert ids(shown(desk, mine="1")) == [f"lead-{waits.pk}"]
    dee = Handling.objects.get().owner_id
    assert press(desk, "lead", waits.pk, "give", owner=str(kim.pk), had=str(dee)).context["said"].text == "kim has it now."
    assert ids(shown(desk, mine="1")) == []
    # On a page that still says it is Dee's, nobody takes it from Kim unawares.
    late = press(desk, "lead", waits.pk, "give", owner="", had=str(dee))
    assert late.context["said"].text == "Somebody else has it by now. Nothing was changed."
    assert Handling.objects.get().owner == kim
    press(desk, "lead", waits.pk, "give", owner="", had=str(kim.pk))
    assert Handling.objects.get().owner is None


def test_a_stranger_gets_nothing(desk, shop, other_shop, now):
    waits = lead(shop, now)
    for stranger in (rows.dispatcher(other_shop, username="sly"), rows.technician(shop)):
        assert press(desk, "lead", waits.pk, "give", owner=str(stranger.pk), had="").status_code == 404
    assert press(desk, "lead", waits.pk, "give", owner="x", had="").status_code == 404
    assert Handling.objects.count() == 0


def test_of_two_notes_neither_is_lost_unawares(desk, shop, now):
    waits = lead(shop, now)
    assert press(desk, "lead", waits.pk, "note", note=" Rings  at noon ", was="").context["said"].text == "The note is kept."
    assert press(desk, "lead", waits.pk, "note", note="Gate code 12", was="").context["said"].well is False
    assert Handling.objects.get().note == "Rings at noon"
    assert press(desk, "lead", waits.pk, "note", note="Gate code 12", was="Rings at noon").context["said"].well is True
    assert Handling.objects.get().note == "Gate code 12"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_row_and_one_of_them_has_it(shop, now):
    users = [rows.dispatcher(shop, username=name).pk for name in ("dee", "kim")]

    def take(user):
        try:
            return handling.give(shop.pk, "lead", "1", user, seen=None, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, users)) == [False, True]
    assert Handling.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_call_in_vain_is_counted_once_however_often_it_is_pressed(shop, now):
    def miss(_):
        try:
            return handling.no_answer(shop.pk, "lead", "1", seen=0, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(miss, range(4))) == [False, False, False, True]
    assert Handling.objects.get().tries == 1


def test_notes_go_after_the_shop_s_days_unless_they_put_something_aside_still(shop, now):
    type(shop).objects.update(keep_days=10)
    old = now - timedelta(days=10, seconds=1)
    for key, touched, until in (("1", old, None), ("2", now - timedelta(days=10), None), ("3", old, now + timedelta(hours=1))):
        Handling.objects.create(shop=shop, kind="lead", key=key, note="Gate code", snoozed_until=until)
        Handling.objects.filter(key=key).update(updated_at=touched)
    tasks.sweep_notes()
    assert set(Handling.objects.values_list("key", flat=True)) == {"2", "3"}
    assert handling.forget(now=now) == 0
