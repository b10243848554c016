"""A visit is moved on the board: what the rules say, the move, what refuses it, the way back, and who may do none of it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bookings.models import Booking, OutgoingMessage, Shop, Technician, TimeOff, Visit
from bookings.services import appointments
from tests.desk import shelf

DAY = date(2026, 11, 25)
NEW_YORK = ZoneInfo("America/New_York")


def at(hour, minute=0, on=DAY):
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=NEW_YORK)


@pytest.fixture
def visit(shop, now):
    return shelf.book(shop, now, on=DAY, at=time(9)).visits.get()


@pytest.fixture
def other(shop, visit):
    return Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id).first()


def check(client, visit, technician, starts_at, status=200):
    answer = client.get("/board/check", {"visit": visit.pk, "technician": technician.pk, "starts_at": starts_at.isoformat()})
    assert answer.status_code == status
    return answer.json() if status == 200 else None


def move(client, visit, technician, starts_at, *, version=1, status=200, done=True, **more):
    wish = {"visit": visit.pk, "technician": technician.pk, "starts_at": starts_at.isoformat(), "version": version, **more}
    answer = client.post("/board/move", wish)
    assert answer.status_code == status
    if status != 200:
        return None
    assert answer.json()["done"] is done
    return answer.json()


def stands(visit):
    """Return all that a move may change."""
    row = Visit.objects.select_related("booking").get(pk=visit.pk)
    booking = row.booking
    return (
        row.technician_id, row.starts_at, row.ends_at, row.version, row.pinned, row.overbooked, booking.promised_from,
        booking.changes.count(),
    )  # fmt: skip


def test_a_place_nothing_speaks_against_is_clear(desk, visit, other):
    before = stands(visit)
    found = check(desk, visit, other, at(9, 30))
    assert found == {
        "verdict": "clear", "said": [], "rules": [], "where": f"{other.name}, Wed 25 Nov, 9:30 am", "promise": "",
        "tells": False, "version": 1,
    }  # fmt: skip
    assert stands(visit) == before


def test_where_the_start_leaves_the_window_the_new_promise_is_told(desk, visit, other):
    found = check(desk, visit, other, at(14))
    assert (found["verdict"], found["promise"], found["tells"]) == ("clear", "Wed 25 Nov, 2\u20134 pm", True)
    Shop.objects.update(confirm_by_text=False)
    assert check(desk, visit, other, at(14))["tells"] is False


def test_a_rule_may_be_overruled_and_says_why(desk, shop, visit, other):
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(13), ends_at=at(17))
    found = check(desk, visit, other, at(14))
    assert (found["verdict"], found["rules"]) == ("overrule", ["off"])
    assert found["said"] == ["Time off from 1:00 pm to 5:00 pm"]


def test_an_overlap_is_another_colour(desk, shop, visit, now):
    taken = shelf.book(shop, now, on=DAY, at=time(14), origin="seed:2", name="Ann Other").visits.get()
    found = check(desk, visit, taken.technician, at(14))
    assert (found["verdict"], found["rules"]) == ("overlap", ["visit"])
    assert found["said"][0].startswith("Another visit from 2:00 pm")


def test_the_past_and_who_has_left_are_never(desk, shop, visit, other, now):
    found = check(desk, visit, other, at(8, on=date(2026, 11, 24)))
    assert (found["verdict"], found["said"]) == ("never", ["Tue 24 Nov, 8 am is over: choose a time from now on"])
    assert check(desk, visit, other, now - timedelta(minutes=4))["verdict"] != "never"
    Technician.objects.filter(pk=other.pk).update(active=False)
    assert check(desk, visit, other, at(14))["said"] == ["Is not active any more: choose somebody else"]
    appointments.cancel(visit.booking_id, by="desk:eve", reason="", now=now)
    assert check(desk, visit, visit.technician, at(14))["said"] == [
        f"{visit.booking.reference} is cancelled: its visit stays as it is"
    ]


def test_a_local_day_and_time_are_the_shop_s(desk, visit, other):
    asked = {"visit": visit.pk, "technician": other.pk, "on": "2026-11-25", "at": "14:15"}
    assert desk.get("/board/check", asked).json()["where"] == f"{other.name}, Wed 25 Nov, 2:15 pm"


@pytest.mark.parametrize(
    "wrong",
    [
        {"visit": "x"}, {"visit": "0"}, {"technician": ""}, {"technician": "²"}, {"starts_at": "soon"},
        {"starts_at": "2026-11-25T14:00"}, {"visit": "9" * 30},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_found(desk, visit, other, wrong):
    asked = {"visit": visit.pk, "technician": other.pk, "starts_at": at(14).isoformat(), **wrong}
    assert desk.get("/board/check", asked).status_code == 404
    assert desk.post("/board/move", {**asked, "version": 1}).status_code == 404


def test_a_check_costs_the_same_however_full_the_day_is(desk, shop, visit, other, now, django_assert_num_queries):
    check(desk, visit, other, at(14))
    with django_assert_num_queries(6):
        check(desk, visit, other, at(14))
    for n in range(6):
        shelf.book(shop, now, on=DAY, at=time(13 if n < 3 else 16), origin=f"seed:more{n}")
    with django_assert_num_queries(6):
        check(desk, visit, other, at(14))


def test_a_visit_moves_and_is_taken_back(desk, visit, other):
    was = stands(visit)
    answer = move(desk, visit, other, at(14))
    assert stands(visit) == (other.pk, at(14), at(16), 2, True, False, at(14), 2)
    reference = visit.booking.reference
    assert answer["said"] == (
        f"{reference} moved to {other.name}, Wed 25 Nov, 2 pm. The promise is now Wed 25 Nov, 2\u20134 pm: tell the customer."
    )
    undo = answer["undo"]
    assert undo == {"visit": visit.pk, "technician": visit.technician_id, "starts_at": "2026-11-25T14:00:00+00:00", "version": 2}
    back = desk.post("/board/move", {**undo, "undo": "1"}).json()
    assert back["said"].startswith(f"{reference} is back with {visit.technician.name}, Wed 25 Nov, 9 am.")
    assert back["undo"] is None
    assert stands(visit)[:3] == was[:3]
    assert stands(visit)[6] == was[6]


def test_the_customer_is_told_where_that_was_wished(desk, visit, other):
    texts = OutgoingMessage.objects.filter(booking=visit.booking_id)
    before = texts.count()
    answer = move(desk, visit, other, at(14), tell="1")
    assert answer["said"].endswith("The promise is now Wed 25 Nov, 2\u20134 pm; the customer is texted.")
    assert texts.count() == before + 1


def test_a_rule_that_was_not_shown_is_asked_first(desk, shop, visit, other):
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(13), ends_at=at(17))
    before = stands(visit)
    for more in ({}, {"despite": "1"}, {"despite": "1", "overbook": "1", "seen": "visit"}):
        answer = move(desk, visit, other, at(14), done=False, **more)
        assert answer["said"] == "Nothing was moved yet: the rules speak against it."
        assert (answer["check"]["verdict"], answer["check"]["rules"]) == ("overrule", ["off"])
    assert stands(visit) == before
    assert move(desk, visit, other, at(14), despite="1", seen="off")["done"] is True
    assert stands(visit)[:2] == (other.pk, at(14))


def test_an_overlap_needs_its_own_word(desk, shop, visit, now):
    taken = shelf.book(shop, now, on=DAY, at=time(14), origin="seed:2", name="Ann Other").visits.get()
    before = stands(visit)
    answer = move(desk, visit, taken.technician, at(14), done=False, seen="visit", despite="1")
    assert answer["check"]["verdict"] == "overlap"
    assert stands(visit) == before
    answer = move(desk, visit, taken.technician, at(14), seen="visit", overbook="1")
    assert "Overbooked: two visits at once." in answer["said"]
    assert stands(visit)[:6] == (taken.technician_id, at(14), at(16), 2, True, True)


def test_nothing_moves_into_the_past(desk, visit, other):
    before = stands(visit)
    answer = move(desk, visit, other, at(8, on=date(2026, 11, 24)), done=False)
    assert answer["said"] == "Nothing was moved. Tue 24 Nov, 8 am is over: choose a time from now on."
    assert stands(visit) == before


def test_who_works_on_an_old_picture_is_told_what_changed(desk, visit, other):
    move(desk, visit, other, at(14))
    before = stands(visit)
    answer = move(desk, visit, other, at(16), done=False)
    assert answer["said"].startswith(f"Somebody changed the visit of {visit.booking.reference} meanwhile.")
    assert answer["changes"] == [
        f"Tue 24 Nov, 9 am: Moved by dee. Was Wed 25 Nov, 9 am with {visit.technician.name}. Now with {other.name}."
    ]
    assert answer["check"] is None
    assert stands(visit) == before


def test_a_visit_that_nobody_had_is_given_to_somebody(desk, visit, other):
    Visit.objects.filter(pk=visit.pk).update(technician=None)
    answer = move(desk, visit, other, at(9))
    assert stands(visit)[:2] == (other.pk, at(9))
    assert answer["undo"] is None


def test_strangers_move_and_see_nothing(client, shop, other_shop, visit, other):
    before = stands(visit)
    asked = {"visit": visit.pk, "technician": other.pk, "starts_at": at(14).isoformat()}
    wish = {**asked, "version": 1}
    story = f"/board/visits/{visit.pk}/"
    posts = (("/board/move", wish), (f"{story}step", {"to": "en_route"}), (f"{story}cancel", {"reason": "No"}))
    for answer in (client.get("/board/check", asked), client.get(story), *(client.post(url, data) for url, data in posts)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/?next=/board/")
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    for answer in (client.get("/board/check", asked), client.get(story), *(client.post(url, data) for url, data in posts)):
        assert answer.status_code == 404
    client.force_login(shelf.technician(shop))
    for answer in (client.get("/board/check", asked), client.get(story), *(client.post(url, data) for url, data in posts)):
        assert answer.status_code == 403
    assert stands(visit) == before
    assert Booking.objects.get(pk=visit.booking_id).status == "booked"


def test_another_shop_s_technician_is_nobody(desk, other_shop, visit):
    stranger = Technician.objects.filter(shop=other_shop).first()
    before = stands(visit)
    assert check(desk, visit, stranger, at(14))["verdict"] == "never"
    move(desk, visit, stranger, at(14), done=False)
    assert stands(visit) == before


def test_a_move_needs_the_page_s_token(shop, visit, other):
    client = Client(enforce_csrf_checks=True)
    client.force_login(shelf.dispatcher(shop))
    before = stands(visit)
    move(client, visit, other, at(14), status=403)
    token = client.get("/board/", {"day": "2026-11-25"}).context["csrf_token"]
    wish = {"visit": visit.pk, "technician": other.pk, "starts_at": at(14).isoformat(), "version": 1}
    assert stands(visit) == before
    assert client.post("/board/move", wish, headers={"X-CSRFToken": str(token)}).status_code == 200
