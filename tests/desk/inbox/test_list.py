"""The page and its token: who sees what, filters, what changes the token, what it costs."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import models
from desk.models import Handling
from tests.desk import shelf as rows
from tests.desk.inbox.shelf import PHONE, Kind, concern, failed_text, ids, late, late_key, lead, press, shown
from tests.desk.test_conflicts import moved

ADDRESSES = ("/inbox/", "/inbox/changes", "/inbox/alarm")


def token(client):
    return client.get("/inbox/changes")["ETag"]


def test_strangers_are_sent_to_sign_in(client, shop, now):
    waits = lead(shop, now)
    for address in ADDRESSES:
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].startswith("/admin/login/?next=/inbox/")) == (302, True)
    assert press(client, "lead", waits.pk, "reached").status_code == 302
    waits.refresh_from_db()
    assert waits.status == "open"


def test_users_who_are_not_staff_are_refused(client, shop, now):
    waits = lead(shop, now)
    user = User.objects.create_user("customer")
    models.StaffMember.objects.create(user=user, shop=shop)
    client.force_login(user)
    for address in ADDRESSES:
        assert client.get(address).status_code == 403
    assert press(client, "lead", waits.pk, "reached").status_code == 403
    waits.refresh_from_db()
    assert waits.status == "open"


def test_another_shop_s_things_are_neither_shown_nor_counted_nor_pressed(desk, shop, other_shop, now):
    before = token(desk)
    theirs = {
        "emergency": rows.danger(other_shop, now).pk,
        "lead": lead(other_shop, now).pk,
        "concern": concern(other_shop, now, Kind.ADDRESS).pk,
        "late": late_key(late(other_shop, now, ends=-timedelta(hours=1))),
    }
    assert token(desk) == before
    assert "Emergency" not in desk.get("/inbox/alarm").content.decode()
    assert ids(shown(desk)) == []
    assert ids(shown(desk, shop=other_shop.pk)) == []
    for kind, key in theirs.items():
        for step in ("mine", "note", "snooze", "take", "reached", "done", "step"):
            assert press(desk, kind, key, step, note="x", **{"for": "30", "to": "done"}).status_code == 404, (kind, step)
    assert Handling.objects.count() == 0
    assert models.Lead.objects.get().status == "open"
    assert models.Booking.objects.get().status == "booked"


@pytest.mark.parametrize(
    ("kind", "key"),
    [("lead", "0"), ("lead", "007"), ("lead", "x"), ("lead", "9" * 30), ("nothing", "1"), ("late", "-5"), ("late", "x-1")],
)
def test_what_is_not_there_is_not_found(desk, kind, key):
    assert press(desk, kind, key, "mine").status_code == 404


def test_what_cannot_be_pressed_at_a_thing_is_not_found(desk, shop, now):
    waits, address = lead(shop, now), concern(shop, now, Kind.ADDRESS)
    for kind, row, step in (
        ("lead", waits, "done"), ("lead", waits, ""), ("concern", address, "take"), ("concern", address, "accept"),
        ("concern", address, "correct"), ("concern", address, "again"), ("concern", address, "invite"),
        ("concern", address, "test"),
    ):  # fmt: skip
        assert press(desk, kind, row.pk, step).status_code == 404, step
    assert desk.get(f"/inbox/lead/{waits.pk}/").status_code == 405


def test_a_technician_sees_nothing_and_may_press_nothing(client, shop, now):
    waits = lead(shop, now)
    client.force_login(rows.technician(shop))
    for path in ADDRESSES:
        assert client.get(path).status_code == 403
    assert press(client, "lead", waits.pk, "reached").status_code == 403
    assert models.Lead.objects.get().status == "open"


def test_a_user_without_a_shop_is_told_so(client, db):
    client.force_login(rows.dispatcher())
    answer = client.get("/inbox/")
    assert answer.status_code == 403
    assert "asks its owner to be added" in answer.content.decode()


def test_an_owner_before_the_first_shop_is_led_to_it(admin_client):
    assert "Add your shop" in admin_client.get("/inbox/").content.decode()


def test_a_member_of_two_shops_sees_both_each_in_its_own_time_or_one(client, shop, other_shop, now):
    models.Shop.objects.filter(pk=other_shop.pk).update(timezone="America/Los_Angeles")
    here, there = lead(shop, now), lead(other_shop, now + timedelta(seconds=1))
    client.force_login(rows.dispatcher(shop, other_shop))
    answer = shown(client)
    assert ids(answer) == [f"lead-{here.pk}", f"lead-{there.pk}"]
    assert "Tue 24 Nov, 9 am" in answer.content.decode()
    assert "Tue 24 Nov, 6 am" in answer.content.decode()
    assert ids(shown(client, shop=other_shop.pk)) == [f"lead-{there.pk}"]


def test_filters(desk, shop, now):
    here = lead(shop, now, phone="+12125550233", wanted="Boiler leaks")
    address = concern(shop, now, Kind.ADDRESS, text="Booking HV-1 has no address")
    both = [f"lead-{here.pk}", f"concern-{address.pk}"]
    assert ids(shown(desk)) == both
    for query, found in (
        ({"q": "boiler"}, both[:1]), ({"q": "(212) 555-0233"}, both[:1]), ({"q": "leaks boiler"}, both[:1]),
        ({"q": "hv-1"}, both[1:]),
        ({"q": "furnace"}, []), ({"group": "addresses"}, both[1:]), ({"group": "none"}, both), ({"mine": "1"}, []),
        ({"shop": "x"}, both), ({"tab": "none"}, both), ({"page": "99"}, both),
    ):  # fmt: skip
        assert ids(shown(desk, **query)) == found, query
    chips = [(each.title, each.count) for each in shown(desk, group="addresses").context["inbox"].groups]
    assert chips == [("Call back", 1), ("Addresses missing", 1)]


def test_unchanged_is_304_without_a_body_and_the_page_has_the_same_token(desk, shop, now):
    assert desk.get("/inbox/changes").json() == {"token": "none", "count": 0, "alarms": 0}
    lead(shop, now)
    rows.danger(shop, now)
    first = desk.get("/inbox/changes")
    assert (first.json()["count"], first.json()["alarms"]) == (2, 1)
    again = desk.get("/inbox/changes", headers={"If-None-Match": f"W/{first['ETag']}"})
    assert (again.status_code, again.content) == (304, b"")
    assert f'data-token="{first.json()["token"]}"' in shown(desk).content.decode()


def test_the_token_moves_with_all_that_is_shown(desk, shop, now):
    emergency = rows.danger(shop, now, origin="call:e")
    waits = lead(shop, now)
    conflict = moved(shop, now)
    booking = late(shop, now, ends=-timedelta(hours=1))
    text = Handling.objects.create(shop=shop, kind="lead", key=waits.pk)
    seen = token(desk)
    for row, fields in (
        (emergency, {"danger": "fire"}), (emergency, {"gave_up_at": now}),
        (emergency, {"acknowledged_at": now, "acknowledged_by": "Fran"}),
        (waits, {"wanted": "A part"}), (waits, {"phone": "+12125550234"}), (waits, {"urgent": True}),
        (waits, {"reason": "message"}),
        (waits, {"recording_url": "https://example.com/r"}),
        (conflict, {"text": "It cannot follow."}), (conflict, {"proposed_starts_at": now}), (conflict, {"waiting_since": now}),
        (conflict, {"note": "A voicemail"}), (conflict.visit, {"version": 7}), (conflict.booking, {"promised_from": now}),
        (conflict.booking, {"to_confirm_since": now}),
        (conflict.technician, {"name": "Sam"}),
        (booking, {"status": "en_route"}), (booking.customer, {"name": "Ann"}), (booking.customer, {"phone": "+12125550235"}),
        (text, {"note": "Rings at noon"}), (text, {"tries": 2}), (text, {"owner": User.objects.get()}),
        (text, {"snoozed_until": now + timedelta(hours=1)}), (waits, {"status": "done"}), (conflict, {"status": "done"}),
        (booking, {"status": "on_site"}), (emergency, {"released_at": now}),
    ):  # fmt: skip
        assert type(row).objects.filter(pk=row.pk).update(**fields) == 1
        assert token(desk) != seen, fields
        seen = token(desk)
    assert seen == '"none"'


def test_what_was_done_today_stays_until_the_shop_s_midnight(desk, shop, now):
    called, address = lead(shop, now), concern(shop, now, Kind.ADDRESS)
    press(desk, "lead", called.pk, "reached")
    press(desk, "concern", address.pk, "done")
    answer = shown(desk, tab="done")
    assert set(ids(answer)) == {f"lead-{called.pk}", f"concern-{address.pk}"}
    assert "Done by dee" in answer.content.decode()
    midnight = now.astimezone(shop.zone).replace(hour=0)
    models.Lead.objects.update(updated_at=midnight - timedelta(seconds=1))
    models.Concern.objects.update(closed_at=midnight)
    assert ids(shown(desk, tab="done")) == [f"concern-{address.pk}"]


def test_a_page_has_five_and_twenty_and_the_rest_follows(desk, shop, now):
    for n in range(27):
        lead(shop, now + timedelta(seconds=n), origin=f"call:{n}")
    first, second = shown(desk), shown(desk, page="2")
    assert (len(ids(first)), len(ids(second))) == (25, 2)
    assert first.context["inbox"].bands[0].count == 27
    assert "1 to 25 of 27" in first.content.decode()
    # A link to one of them leads to the page it is on.
    assert ids(shown(desk, group="leads", open=ids(second)[0])) == ids(second)
    assert len(ids(shown(desk, open="lead-1-gone"))) == 25


def fill(shop, now, n):
    """One of every kind, with all that belongs to it."""
    rows.danger(shop, now, origin=f"call:e{n}")
    lead(shop, now, origin=f"call:{uuid4()}", phone=f"+1212556{n:04d}")
    lead(shop, now, origin=f"call:p{n}", urgent=True)
    concern(shop, now, Kind.NOT_BOOKED, f"b{n}", origin=f"call:p{n}", said="Thursday", stands="Nothing")
    concern(shop, now, Kind.OTHER_TIME, f"o{n}", said="Thursday", stands="Friday", booking=models.Booking.objects.first())
    concern(shop, now, Kind.EVENT_MOVED, f"m{n}", booking=models.Booking.objects.first(), visit=models.Visit.objects.first())
    concern(shop, now, Kind.CALENDAR_BROKEN, f"c{n}", technician=models.Technician.objects.first())
    failed_text(shop, now, reason=f"confirm:{n}")
    concern(shop, now, Kind.ADDRESS, f"a{n}")
    Handling.objects.create(shop=shop, kind="lead", key=models.Lead.objects.latest("pk").pk, note="n", owner=User.objects.first())


def test_the_list_costs_the_same_for_ten_things_and_for_five_hundred(desk, shop, now, django_assert_num_queries):
    rows.book(shop, now, on=date(2026, 11, 25), at=time(9))
    late(shop, now, ends=-timedelta(hours=1))
    fill(shop, now, 0)
    desk.get("/inbox/")
    with CaptureQueriesContext(connection) as few:
        assert len(ids(shown(desk))) == 10
    for n in range(1, 55):
        fill(shop, now, n)
    total = desk.get("/inbox/changes").json()["count"]
    assert total >= 491
    groups = ["", *[each.link.partition("group=")[2] for each in shown(desk).context["inbox"].groups]]
    for group in groups:
        with CaptureQueriesContext(connection) as many:
            desk.get("/inbox/", {"group": group})
        assert len(many) <= len(few), group
    assert len(few) <= 22
    with django_assert_num_queries(4):  # who asks, their session, their shops, and the one statement
        desk.get("/inbox/changes")
    assert PHONE in shown(desk, group="messages").content.decode()
