"""A technician's own day on the phone: their visits, where, for whom, and nobody else's."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import Technician, Visit
from desk import words
from tests.desk import shelf

TODAY = date(2026, 11, 24)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def technician(shop):
    return Technician.objects.filter(shop=shop).order_by("pk")[0]


@pytest.fixture
def tex(shop, technician):
    return client_of(shelf.technician(shop, technician))


def give(booking, technician):
    Visit.objects.filter(booking=booking).update(technician=technician)
    return booking


def test_the_day_names_time_customer_place_phone_and_problem(tex, shop, technician, now):
    wish = {"name": "Ann First", "problem": "No heat upstairs", "address": "9 Elm St, 10001"}
    give(shelf.book(shop, now, on=TODAY, at=time(13), **wish), technician)
    text = tex.get("/mine/").content.decode()
    days = ("Today, Tuesday 24 November", "Tomorrow, Wednesday 25 November")
    for said in (*days, f"1{words.NOTHING}3 pm", "Ann First", "No heat upstairs"):
        assert said in text
    assert 'href="tel:+12125550201"' in text
    assert "Call (212) 555-0201" in text
    assert 'href="https://www.google.com/maps/search/?api=1&amp;query=9+Elm+St' in text
    assert "New York time (EST)" in text
    assert f"/oauth/technician/{technician.public_id}" in text


def test_only_today_and_tomorrow_and_only_one_s_own(tex, shop, other_shop, technician, now):
    others = Technician.objects.filter(shop=shop).exclude(pk=technician.pk)
    days = {"Now Today": 0, "Then Tomorrow": 1, "Far Away": 2}
    for n, (name, later) in enumerate(days.items()):
        give(shelf.book(shop, now, on=TODAY + timedelta(days=later), at=time(11), origin=f"seed:{n}", name=name), technician)
    give(shelf.book(shop, now, on=TODAY, at=time(14), origin="seed:8", name="Not Mine"), others[0])
    shelf.book(other_shop, now, on=TODAY, at=time(14), origin="seed:9", name="Another Shop")
    text = tex.get("/mine/").content.decode()
    assert [name for name in (*days, "Not Mine", "Another Shop") if name in text] == ["Now Today", "Then Tomorrow"]


def test_what_is_cancelled_is_gone_and_what_is_done_says_so(tex, shop, technician, now):
    done = give(shelf.book(shop, now, on=TODAY, at=time(11), origin="seed:1", name="Done Deal"), technician)
    gone = give(shelf.book(shop, now, on=TODAY, at=time(14), origin="seed:2", name="Gone Away"), technician)
    Visit.objects.filter(booking=gone).update(status=Visit.Status.ENDED)
    type(done).objects.filter(pk=done.pk).update(status="done")
    Visit.objects.filter(booking=done).update(status=Visit.Status.DONE)
    text = tex.get("/mine/").content.decode()
    assert "Gone Away" not in text
    assert "Done Deal" in text
    assert ">Done</span>" in text


def test_an_empty_day_says_what_will_be(tex):
    assert tex.get("/mine/").content.decode().count("Nothing is planned.") == 2


def test_who_does_not_drive_has_no_such_page(client, shop, technician):
    assert client.get("/mine/")["Location"] == "/admin/login/?next=/mine/"
    answer = client_of(shelf.dispatcher(shop)).get("/mine/")
    assert answer.status_code == 403
    assert "This page is not yours to open" in answer.content.decode()


def test_an_owner_who_drives_has_both(shop, technician):
    owner = client_of(shelf.member(shop, username="olive", role="owner", technician=technician))
    assert "Back to the board" in owner.get("/mine/").content.decode()
    assert owner.get("/")["Location"] == "/board/"


def test_the_page_costs_the_same_for_one_visit_and_for_three(tex, shop, technician, now):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert tex.get("/mine/").status_code == 200
        return len(queries)

    give(shelf.book(shop, now, on=TODAY, at=time(11), origin="seed:0"), technician)
    assert counted() == 5  # session, user, roles, visits, technician
    for n, later in enumerate((1, 0), start=1):
        wish = {"on": TODAY + timedelta(days=later), "at": time(14), "origin": f"seed:{n}", "name": f"Person {n}"}
        give(shelf.book(shop, now, **wish), technician)
    assert counted() == 5
