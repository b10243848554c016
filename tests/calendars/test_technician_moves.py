"""What technicians do to our events in Google: followed, asked about, put back; never lost, and never fought over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, Concern, Shop, TimeOff, Visit
from bookings.services import lifecycle
from calendars.models import EventMirror
from tests.calendars.conftest import again, at, book, drain, read, start_of, workday
from tests.calendars.dragging import accept, busy, drag, restore, settle, texts

pytestmark = pytest.mark.django_db(transaction=True)
FOLLOW = Shop.TechnicianMoves.FOLLOW


# --- within the promise ---------------------------------------------------------------------------------------------------


def test_lesson_7_a_move_within_the_window_moves_the_visit_and_keeps_the_promise(google, connection, visit, now):
    on, before = workday(now), visit.booking
    drag(google, at(on, 10))
    read(connection)
    visit = again(visit)
    assert (visit.starts_at, visit.ends_at, visit.pinned) == (at(on, 10), at(on, 12), True)
    assert (visit.booking.promised_from, visit.booking.promised_to) == (before.promised_from, before.promised_to)
    assert (Concern.objects.count(), texts(visit.booking), busy()) == (0, [], [])
    change = visit.booking.changes.get(kind="moved")
    assert change.by == "calendar:Sam"
    settle(connection)
    assert start_of(google.events()[0]) == at(on, 10)
    assert Concern.objects.count() == 0


def test_lesson_8_our_own_echo_changes_nothing(google, connection, visit, now):
    drag(google, at(workday(now), 10))
    read(connection)
    settle(connection)
    version, etag = again(visit).version, google.events()[0]["etag"]
    for _ in range(2):
        read(connection)
        drain(connection)
    assert (again(visit).version, google.events()[0]["etag"]) == (version, etag)
    assert visit.booking.changes.filter(kind="moved").count() == 1


def test_lesson_14_a_move_that_is_followed_is_written_once_and_makes_no_second_event(google, connection, visit, now):
    drag(google, at(workday(now), 10))
    moved = google.events()[0]["etag"]
    read(connection)
    drain(connection)
    [event] = google.events()
    assert event["etag"] == moved  # the event said all it should already
    assert EventMirror.objects.get().pushed_version == again(visit).version


def test_a_move_within_the_window_that_the_rules_refuse_is_asked_about(google, shop, connection, visit, now):
    on = workday(now)
    technician = connection.technician
    TimeOff.objects.create(shop=shop, technician=technician, starts_at=at(on, 11, 30), ends_at=at(on, 13))
    drag(google, at(on, 10))
    read(connection)
    assert again(visit).starts_at == at(on, 9)
    concern = Concern.objects.get()
    assert (concern.kind, concern.proposed_starts_at) == (Concern.Kind.EVENT_MOVED, at(on, 10))
    assert "It cannot follow by itself: " in concern.text
    assert "ime off" in concern.text


# --- outside of it --------------------------------------------------------------------------------------------------------


def test_lesson_7_a_move_outside_the_window_is_asked_about_and_not_fought_over(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    dragged = google.events()[0]["etag"]
    for _ in range(3):
        read(connection)
        drain(connection)
    assert google.events()[0]["etag"] == dragged
    assert again(visit).starts_at == at(on, 9)
    [concern] = Concern.objects.all()
    assert (concern.kind, concern.status) == (Concern.Kind.EVENT_MOVED, "open")
    assert (concern.proposed_starts_at, concern.proposed_ends_at) == (at(on, 14), at(on, 16))
    # Both times are taken: what was promised, and where the technician went.
    assert busy() == [(at(on, 14), at(on, 16))]
    for n, hour in enumerate((9, 14)):
        with pytest.raises(AssertionError):
            book(shop, now, hour, origin=f"call:{n + 5}", customer_name="Bob")


def test_the_text_may_change_while_it_is_undecided_and_is_written_with_the_decision(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    book(shop, now, customer_name="Jane Dough")
    drain(connection)
    assert google.events()[0]["summary"] == "HVAC repair visit - Jane Doe"
    accept(Concern.objects.get())
    settle(connection)
    [event] = google.events()
    assert (event["summary"], start_of(event)) == ("HVAC repair visit - Jane Dough", at(on, 14))


def test_accepting_moves_the_promise_and_tells_the_customer(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    done = accept(Concern.objects.get())
    assert done.window_changed
    visit = again(visit)
    assert (visit.starts_at, visit.booking.promised_from, visit.booking.promised_to) == (at(on, 14), at(on, 14), at(on, 16))
    [text] = texts(visit.booking)
    assert "arrival 2 PM to 4 PM" in text
    assert (Concern.objects.get().status, busy()) == ("done", [])
    settle(connection)
    [event] = google.events()
    assert start_of(event) == at(on, 14)
    assert "2:00 PM to 4:00 PM" in event["description"]
    assert Concern.objects.filter(status="open").count() == 0


def test_a_customer_is_told_in_the_language_they_spoke(google, shop, connection, visit, now):
    Booking.objects.update(language="es")
    drag(google, at(workday(now), 14))
    read(connection)
    accept(Concern.objects.get())
    assert "su visita de reparacion" in texts(visit.booking)[0]


def test_restoring_puts_the_event_back(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14), colorId="5")
    read(connection)
    restore(Concern.objects.get())
    assert busy() == []
    settle(connection)
    [event] = google.events()
    assert (start_of(event), event["colorId"]) == (at(on, 9), "5")
    assert Concern.objects.filter(status="open").count() == 0
    # The same move once more is a new question.
    drag(google, at(on, 14))
    read(connection)
    assert Concern.objects.filter(status="open").count() == 1


def test_by_the_shops_policy_the_visit_follows_and_the_customer_is_told(google, shop, connection, visit, now):
    Shop.objects.update(technician_moves=FOLLOW)
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    visit = again(visit)
    assert (visit.starts_at, visit.booking.promised_from) == (at(on, 14), at(on, 14))
    assert len(texts(visit.booking)) == 1
    assert Concern.objects.filter(status="open").count() == 0
    settle(connection)
    assert Concern.objects.filter(status="open").count() == 0


@pytest.mark.parametrize("days", [0, 200])
def test_the_policy_goes_no_further_than_the_rules(google, shop, connection, visit, now, days):
    Shop.objects.update(technician_moves=FOLLOW)
    on = workday(now)
    drag(google, at(on, 20) + timedelta(days=days))  # after the shift, or beyond what the shop books
    read(connection)
    assert again(visit).starts_at == at(on, 9)
    assert "It cannot follow by itself" in Concern.objects.get().text
    assert texts(visit.booking) == []


@pytest.mark.parametrize("policy", ["ask", "follow"])
def test_a_visit_made_longer_is_outside_of_what_was_promised(google, shop, connection, visit, now, policy):
    Shop.objects.update(technician_moves=policy)
    on = workday(now)
    drag(google, at(on, 9), at(on, 12))
    read(connection)
    visit = again(visit)
    if policy == "ask":
        assert visit.ends_at == at(on, 11)
        assert "180 minutes" in Concern.objects.get().text
        accept(Concern.objects.get())
        visit = again(visit)
    assert (visit.starts_at, visit.ends_at, visit.booking.minutes) == (at(on, 9), at(on, 12), 180)
    assert texts(visit.booking) == []  # the window is the same
    settle(connection)
    assert Concern.objects.filter(status="open").count() == 0


def test_a_move_that_is_taken_back_withdraws_its_question(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    drag(google, at(on, 9))
    read(connection)
    assert (Concern.objects.get().status, busy(), EventMirror.objects.get().moved_to) == ("done", [], "")
    settle(connection)
    assert again(visit).version == 1


# --- deleted --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["ask", "follow"])
def test_lesson_7_a_deleted_event_cancels_nothing_until_a_person_says_so(google, connection, visit, policy):
    Shop.objects.update(technician_moves=policy)
    google.delete(google.events()[0]["id"])
    for _ in range(2):
        read(connection)
        drain(connection)
    assert google.events() == []  # nor is it put back
    [concern] = Concern.objects.all()
    assert (concern.kind, concern.status, again(visit).status) == (Concern.Kind.EVENT_DELETED, "open", "active")
    accept(concern)
    booking = Booking.objects.get()
    assert (booking.status, booking.changes.get(kind="cancelled").by) == ("cancelled", "desk:dee")
    assert "is cancelled" in texts(booking)[0]
    settle(connection)
    assert (google.events(), Concern.objects.filter(status="open").count()) == ([], 0)


def test_a_deleted_event_is_put_back_in_the_next_generation(google, connection, visit):
    google.delete(google.events()[0]["id"])
    read(connection)
    restore(Concern.objects.get())
    settle(connection)
    [event] = google.events()
    assert start_of(event) == visit.starts_at
    assert EventMirror.objects.get(retired=False).generation == 2
    assert Concern.objects.filter(status="open").count() == 0


def test_a_visit_that_is_done_asks_nothing_any_more(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    for step in ("on_site", "done"):
        lifecycle.step(visit.booking_id, Booking.Status(step), by="desk:dee", now=timezone.now())
    settle(connection)
    assert start_of(google.events()[0]) == visit.starts_at
    assert Concern.objects.get().status == "done"


def test_a_visit_that_is_over_is_the_technicians_to_tidy_up(google, connection, visit):
    Visit.objects.update(status=Visit.Status.DONE)
    google.delete(google.events()[0]["id"])
    for _ in range(2):
        read(connection)
        drain(connection)
    assert (google.events(), Concern.objects.count()) == ([], 0)
