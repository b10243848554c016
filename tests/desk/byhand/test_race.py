"""Two dispatchers press at the same moment, in real transactions."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time

import pytest
from django.db import connections
from django.test import Client

from bookings.models import Booking, Customer, Lead, OutgoingMessage, Technician, Visit
from bookings.services import leads
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
DAY = date(2026, 11, 25)


def press(clients, said):
    """Send each form at once; return the answers' words."""
    together = threading.Barrier(len(said))

    def one(pair):
        client, form = pair
        together.wait(10)
        try:
            for _ in range(5):
                answer = client.post("/board/new/", form, headers={"HX-Request": "true"}).content.decode()
                if "press the time again" not in answer:  # a machine under load: said in words, and done as it says
                    return answer
            return answer
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(said)) as pool:
        return list(pool.map(one, zip(clients, said, strict=True)))


def signed_in(shop, *names):
    users = {name: shelf.dispatcher(shop, username=name) for name in dict.fromkeys(names)}
    clients = []
    for name in names:
        client = Client()
        client.force_login(users[name])
        clients.append(client)
    return clients


def form(shop, n, **more):
    return {
        "form": f"{n:032x}", "take": datetime.combine(DAY, time(9), shop.zone).isoformat(), "q": f"212555020{n}",
        "name": f"Customer {n}", "address-new": f"{n} Main St, 10001", **more,
    }  # fmt: skip


def test_one_slot_goes_to_one_of_two_dispatchers_and_the_other_is_offered_the_next(db):
    shop = a_shop(technicians=1)
    answers = press(signed_in(shop, "dee", "eve"), [form(shop, 1), form(shop, 2)])
    assert sorted("Booked:" in each for each in answers) == [False, True]
    lost = next(each for each in answers if "Booked:" not in each)
    assert "That time was taken a moment ago" in lost
    assert 'class="bh-time" name="take" value="2026-11-' in lost
    assert Customer.objects.get(bookings__isnull=False).phone in ("+12125550201", "+12125550202")
    assert Visit.objects.count() == OutgoingMessage.objects.count() == 1


def test_a_double_press_books_once_and_both_hear_of_it(db, now):
    shop = a_shop()
    lead = leads.keep(shop_id=shop.pk, origin="call:x", reason=Lead.Reason.NO_TIME, phone="+12125550201", now=now)
    answers = press(signed_in(shop, *["dee"] * 4), [form(shop, 1, lead=lead.pk)] * 4)
    booking = Booking.objects.get()
    assert [f"Booked: {booking.reference}" in each for each in answers] == [True] * 4
    assert Visit.objects.count() == OutgoingMessage.objects.count() == 1
    lead.refresh_from_db()
    assert lead.status == Lead.Status.DONE


def test_one_gap_is_given_once(db):
    shop = a_shop(technicians=2)
    technician = Technician.objects.filter(shop=shop).order_by("pk")[0]
    gap = {"take": "own", "on": DAY.isoformat(), "at": "13:00", "technician": technician.pk}
    answers = press(signed_in(shop, "dee", "eve"), [form(shop, 1, **gap), form(shop, 2, **gap)])
    assert sorted("Booked:" in each for each in answers) == [False, True]
    lost = next(each for each in answers if "Booked:" not in each)
    assert "Another visit from" in lost
    assert Visit.objects.get().overbooked is False
