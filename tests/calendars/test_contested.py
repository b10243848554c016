"""A visit that both sides changed, and people who decide about it at once: nothing is lost, and each is told what stands."""

import threading

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from bookings.errors import RefusedError
from bookings.models import BusyBlock, Concern, TimeOff
from bookings.services import appointments
from calendars.models import EventMirror
from calendars.services import decisions, surprises
from tests.calendars.conftest import again, at, book, drain, read, start_of, workday
from tests.calendars.dragging import accept, busy, drag, settle

pytestmark = pytest.mark.django_db(transaction=True)

# --- contested ------------------------------------------------------------------------------------------------------------


def test_both_sides_moved_the_visit_is_written_and_the_technicians_wish_is_kept(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 15))
    book(shop, now, 12)  # the caller moves it before we read
    drain(connection)
    assert start_of(google.events()[0]) == at(on, 12)
    concern = Concern.objects.get()
    assert (concern.kind, concern.status, concern.proposed_starts_at) == (Concern.Kind.EVENT_MOVED, "open", at(on, 15))
    accept(concern)
    settle(connection)
    assert start_of(google.events()[0]) == again(visit).starts_at == at(on, 15)


def test_a_later_promise_is_written_although_a_question_is_open(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 15))
    read(connection)
    book(shop, now, 12)
    settle(connection)
    assert start_of(google.events()[0]) == at(on, 12)
    concern = Concern.objects.get()
    assert concern.status == "open"
    assert "The visit was moved meanwhile too" in concern.text
    assert busy() == []


def test_who_moves_it_by_hand_to_where_it_was_dragged_has_decided(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    BusyBlock.objects.all().delete()
    book(shop, now, 14)
    settle(connection)
    assert Concern.objects.get().status == "done"


def test_of_two_who_decide_at_once_one_is_told(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    concern = Concern.objects.select_related("visit").get()
    seen, barrier, heard = decisions.seen(concern), threading.Barrier(2), []

    def press(what):
        barrier.wait()
        try:
            if what == "accept":
                decisions.accept(concern.pk, as_seen=seen, by="desk:dee", now=timezone.now())
            else:
                decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
            heard.append("done")
        except RefusedError as refusal:
            heard.append(refusal.code)
        finally:
            database.close()

    threads = [threading.Thread(target=press, args=[what]) for what in ("accept", "restore")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["decided", "done"]
    settle(connection)
    assert start_of(google.events()[0]) == again(visit).starts_at


def test_who_decides_what_is_followed_by_itself_meanwhile_is_told(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    concern = Concern.objects.select_related("visit").get()
    seen, heard = decisions.seen(concern), []

    def press():
        try:
            decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
        except RefusedError as refusal:
            heard.append(refusal.code)
        finally:
            database.close()

    thread = threading.Thread(target=press)
    with transaction.atomic():
        list(EventMirror.objects.select_for_update().filter(visit=visit))
        thread.start()
        thread.join(1)  # it waits for the mirror
        Concern.objects.filter(pk=concern.pk).delete()
    thread.join()
    assert heard == ["decided"]


def test_who_cancels_does_not_wait_for_whoever_decides_at_that_moment(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    held, cancelled = threading.Event(), threading.Event()

    def decide():
        try:
            with transaction.atomic():
                list(Concern.objects.select_for_update(no_key=True))
                held.set()
                cancelled.wait(5)
        finally:
            database.close()

    thread = threading.Thread(target=decide)
    thread.start()
    held.wait(5)
    appointments.cancel(visit.booking_id, by="desk:dee", reason="", now=timezone.now())
    cancelled.set()
    thread.join()
    assert Concern.objects.get().status == "open"
    surprises.follow(now=timezone.now())
    assert Concern.objects.get().status == "done"


def test_what_was_changed_again_meanwhile_is_not_decided(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    seen = decisions.seen(Concern.objects.select_related("visit").get())
    drag(google, at(on, 15))
    read(connection)
    concern = Concern.objects.get()
    assert concern.proposed_starts_at == at(on, 15)
    for decide in (
        lambda: decisions.accept(concern.pk, as_seen=seen, by="desk:dee", now=timezone.now()),
        lambda: decisions.restore(concern.pk, as_seen=seen, now=timezone.now()),
    ):
        with pytest.raises(RefusedError) as refusal:
            decide()
        assert refusal.value.code == "changed"
    assert (again(visit).starts_at, Concern.objects.get().status) == (at(on, 9), "open")


def test_what_the_rules_refuse_changes_nothing_and_says_why(google, shop, connection, visit, now):
    on = workday(now)
    TimeOff.objects.create(shop=shop, technician=connection.technician, starts_at=at(on, 14), ends_at=at(on, 18))
    drag(google, at(on, 14))
    read(connection)
    with pytest.raises(RefusedError) as refusal:
        accept(Concern.objects.get())
    assert "ime off" in decisions.reason(refusal.value, shop)
    assert (busy(), Concern.objects.get().status) == ([(at(on, 14), at(on, 16))], "open")


def test_what_a_killed_process_did_not_follow_is_followed_by_the_sweep(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 10))
    off = TimeOff.objects.create(shop=visit.shop, technician=connection.technician, starts_at=at(on, 11, 30), ends_at=at(on, 13))
    read(connection)
    assert Concern.objects.get().status == "open"
    off.delete()
    decisions.wait(Concern.objects.get().pk, note="Asked Jane", now=timezone.now())
    surprises.follow(now=timezone.now())
    assert again(visit).starts_at == at(on, 9)  # somebody is on it
    Concern.objects.update(waiting_since=None)
    surprises.follow(now=timezone.now())
    assert again(visit).starts_at == at(on, 10)
    assert Concern.objects.count() == 0


def test_a_cancelled_booking_closes_what_was_asked(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    appointments.cancel(visit.booking_id, by="desk:kim", reason="", now=now)
    settle(connection)
    assert (google.events(), busy()) == ([], [])
    assert Concern.objects.get().status == "done"


def test_a_busy_event_over_a_visit_is_not_raised_for_a_move_of_our_own(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 9, 30))
    read(connection)
    settle(connection)
    assert Concern.objects.count() == 0
    google.write(
        {"summary": "Dentist", "start": {"dateTime": at(on, 10).isoformat()}, "end": {"dateTime": at(on, 11).isoformat()}}
    )
    read(connection)
    assert Concern.objects.get().kind == Concern.Kind.BUSY_OVER_VISIT
