"""A new booking by hand through its addresses: who is found, what is offered, what is booked, and how often."""

import re
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import (
    Booking,
    Customer,
    Lead,
    OutgoingMessage,
    Property,
    Search,
    ServiceType,
    StaffMember,
    Technician,
    TimeOff,
    Visit,
)
from bookings.services import leads
from tests.desk import shelf

DAY = date(2026, 11, 25)
NEW = "/board/new/"
FORM = "0" * 31 + "1"
HTMX = {"HX-Request": "true"}


def at(shop, hour, on=DAY):
    return datetime.combine(on, time(hour), shop.zone)


def take(client, shop, hour=9, **said):
    wanted = {"form": FORM, "take": at(shop, hour).isoformat(), "q": "(212) 555-0201", **said}
    return client.post(NEW, wanted, headers=HTMX)


def own(client, technician, hour, **said):
    wanted = {
        "form": FORM, "take": "own", "q": "212-555-0201", "on": DAY.isoformat(), "at": f"{hour:02d}:00",
        "technician": technician.pk, **said,
    }  # fmt: skip
    return client.post(NEW, wanted, headers=HTMX)


@pytest.fixture
def jane(shop):
    row = Customer.objects.create(shop=shop, name="Jane Doe", name_key="jane doe", phone="+12125550201")
    Property.objects.create(
        shop=shop, customer=row, address="12 Main St, 10001", address_key="12 main st 10001", zip_code="10001"
    )
    return row


@pytest.fixture
def technician(shop):
    return Technician.objects.filter(shop=shop).order_by("pk")[1]


@pytest.mark.parametrize(
    "typed",
    ["2125550201", "(212) 555-0201", "+1 212 555 0201", "212.555.0201", "1-212-555-0201", "12125550201", "0201", "555-0201"],
)
def test_a_number_finds_its_customer_however_it_is_typed(desk, jane, typed):
    text = desk.post(f"{NEW}who", {"q": typed}).content.decode()
    assert "Jane Doe" in text
    assert "12 Main St, 10001" in text
    assert re.search(rf'value="{jane.pk}" checked', text)


@pytest.mark.parametrize(("typed", "there"), [("doe", True), ("JANE d", True), ("12 main", True), ("john", False), ("x", False)])
def test_a_name_or_an_address_finds_them_too(desk, jane, typed, there):
    assert ("Jane Doe" in desk.post(f"{NEW}who", {"q": typed}).content.decode()) is there


def test_without_services_whoever_may_is_led_to_the_first(desk, shop):
    ServiceType.objects.filter(shop=shop).update(active=False)
    text = desk.get(NEW).content.decode()
    assert "An owner adds them under Services" in text
    StaffMember.objects.update(role="owner")
    assert "/admin/bookings/servicetype/add/" in desk.get(NEW).content.decode()


def test_what_is_known_of_a_customer_is_told(desk, shop, now, jane):
    jane.member = True
    jane.save()
    booking = shelf.book(shop, now, on=DAY, at=time(9))
    text = desk.post(f"{NEW}who", {"q": "2125550201"}).content.decode()
    assert "Member" in text
    assert f"Already booked Wed 25 Nov, 9\u201311 am: repair visit, {booking.reference}." in text
    assert f"/admin/bookings/visit/{booking.visits.get().pk}/move/" in text
    with time_machine.travel(now + timedelta(days=10), tick=False):
        text = desk.post(f"{NEW}who", {"q": "2125550201"}).content.decode()
    assert "last visit Wed 25 Nov, repair visit" in text
    assert "Already booked" not in text


def test_an_unknown_number_is_somebody_new_and_a_half_typed_one_nobody_yet(desk, jane):
    text = desk.post(f"{NEW}who", {"q": "2125550299"}).content.decode()
    assert "Nobody is known at (212) 555-0299" in text
    assert 'name="name"' in text
    assert 'name="name"' not in desk.post(f"{NEW}who", {"q": "646"}).content.decode()
    # The name that follows the search box follows it on.
    text = desk.post(f"{NEW}who", {"q": "Bob Smi"}).content.decode()
    assert 'value="Bob Smi"' in text
    text = desk.post(f"{NEW}who", {"q": "Bob Smith", "name": "Bob Smi", "prefilled": "Bob Smi"}).content.decode()
    assert 'value="Bob Smith"' in text
    text = desk.post(f"{NEW}who", {"q": "Bob Smith", "name": "Robert", "prefilled": "Bob Smi"}).content.decode()
    assert 'value="Robert"' in text


def test_a_known_customer_is_booked_and_a_text_waits(desk, shop, now, jane):
    text = take(desk, shop).content.decode()
    booking = Booking.objects.get()
    assert f"Booked: {booking.reference}" in text
    assert "Wed 25 Nov, 9\u201311 am" in text
    assert "Goes to (212) 555-0201 in about a minute." in text
    assert "Undo" in text
    assert (booking.customer, str(booking.property), booking.promised_from) == (jane, "12 Main St, 10001", at(shop, 9))
    assert booking.origin == f"desk:dee:{FORM}"
    assert booking.changes.get().by == "desk:dee"
    message = OutgoingMessage.objects.get()
    assert (message.status, message.next_attempt_at - now) == ("queued", timedelta(seconds=75))


def test_the_page_around_tells_of_it_once(desk, shop, jane):
    first = take(desk, shop)
    assert "desk:booked" in first["HX-Trigger"]
    assert "HX-Trigger" not in take(desk, shop)


def test_somebody_new_is_made_on_the_way(desk, shop):
    take(desk, shop, q="2125550299", customer="new", name="Bob Smith", **{"address-new": "9 Oak St, 10002"})
    booking = Booking.objects.get()
    assert (str(booking.customer), Customer.objects.get().phone) == ("Bob Smith", "+12125550299")
    assert (str(booking.property), booking.zip_code) == ("9 Oak St, 10002", "10002")


def test_another_address_of_a_known_customer(desk, shop, jane):
    take(desk, shop, customer=jane.pk, **{f"place-{jane.pk}": "other", f"address-{jane.pk}": "9 Oak St, 10002"})
    assert str(Booking.objects.get().property) == "9 Oak St, 10002"
    assert set(jane.properties.values_list("address", flat=True)) == {"12 Main St, 10001", "9 Oak St, 10002"}


def test_what_is_said_of_the_work_is_kept(desk, shop, jane):
    said = {"urgency": "urgent", "equipment": "boiler", "years": "12", "problem": "no heat", "notes": "dog in the yard"}
    take(desk, shop, **said)
    booking = Booking.objects.get()
    kept = booking.urgency, booking.equipment, booking.equipment_years, booking.problem, booking.notes
    assert kept == ("urgent", "boiler", 12, "no heat", "dog in the yard")


def test_a_form_sent_twice_books_once_and_hears_the_same(desk, shop, jane):
    first, second = take(desk, shop), take(desk, shop)
    other_time = take(desk, shop, hour=13)
    booking = Booking.objects.get()
    for answer in (first, second, other_time):
        assert f"Booked: {booking.reference}" in answer.content.decode()
    assert booking.promised_from == at(shop, 9)
    assert Visit.objects.count() == OutgoingMessage.objects.count() == 1


def test_two_forms_book_twice(desk, shop, jane):
    take(desk, shop)
    take(desk, shop, form="0" * 31 + "2")
    assert Booking.objects.count() == 2


def test_a_time_that_was_taken_leaves_the_form_filled_and_offers_others(desk, shop, now, jane):
    for n in range(3):
        shelf.book(shop, now, on=DAY, at=time(9), origin=f"seed:{n}", name=f"Ann {n}")
    text = take(desk, shop, problem="no heat").content.decode()
    assert Booking.objects.count() == 3
    assert "That time was taken a moment ago, and nothing was booked." in text
    assert 'value="(212) 555-0201"' in text
    assert "no heat</textarea>" in text
    assert FORM in text
    offered = re.findall(r'name="take" value="(2026-[^"]+)"', text)
    assert len(offered) == 3
    assert at(shop, 9).isoformat() not in offered
    again = desk.post(NEW, {"form": FORM, "take": offered[0], "q": "2125550201"}, headers=HTMX)
    assert "Booked:" in again.content.decode()


def test_a_time_is_held_while_the_name_is_asked_for(desk, shop, now):
    text = take(desk, shop, q="2125550299").content.decode()
    assert "Who is it for?" in text
    assert text.count(at(shop, 9).isoformat()) == 1
    assert "is held for you until 9:05 am" in text
    held = Booking.objects.get()
    assert (held.status, held.customer) == ("held", None)
    # Nobody else gets it; the form itself does.
    take(desk, shop, q="2125550299", name="Bob Smith")
    held.refresh_from_db()
    assert (held.status, str(held.customer), Booking.objects.count()) == ("booked", "Bob Smith", 1)


def test_three_times_are_offered_then_the_next_three(desk, shop, jane):
    said = {"q": "2125550201", "service": "repair"}
    text = desk.post(f"{NEW}when", said).content.decode()
    first = re.findall(r'name="take" value="([^"]+)"', text)
    after = re.findall(r'name="after" value="([^"]+)"', text)[0]
    second = re.findall(r'name="take" value="([^"]+)"', desk.post(f"{NEW}when", {**said, "after": after}).content.decode())
    assert (len(first), len(second)) == (3, 3)
    assert max(first) < min(second)


def test_a_day_and_a_part_of_it(desk, shop, jane):
    text = desk.post(f"{NEW}when", {"q": "2125550201", "day": "2026-11-27", "part": "afternoon"}).content.decode()
    offered = [datetime.fromisoformat(each) for each in re.findall(r'name="take" value="([^"]+)"', text)]
    assert {each.date() for each in offered} == {date(2026, 11, 27)}
    assert all(each.hour >= 12 for each in offered)
    text = desk.post(f"{NEW}when", {"q": "2125550201", "day": "2026-11-28"}).content.decode()
    assert "Nothing is free on Sat 28 Nov. The nearest times:" in text
    assert "That day is over" in desk.post(f"{NEW}when", {"day": "2026-11-20"}).content.decode()
    assert "Times are offered until" in desk.post(f"{NEW}when", {"day": "2027-11-20"}).content.decode()


def test_what_the_desk_looks_for_in_vain_stands_under_why_not(desk, shop, now, jane):
    for day in ("2026-11-28", "2026-11-29", "2026-11-25"):
        desk.post(f"{NEW}when", {"form": FORM, "q": "2125550201", "day": day})
    kept = Search.objects.get()  # the last that was in vain, in place of the one before
    assert (kept.origin, kept.asked["on"], kept.refused["from"] > 0) == (f"desk:dee:{FORM}", "2026-11-29", True)
    listed = desk.get("/admin/bookings/search/").content.decode()
    assert "Sunday, November 29" in listed
    assert ">dee<" in listed.replace("\n", "").replace(" ", "")
    assert "Does not work" in desk.get(f"/admin/bookings/search/{kept.pk}/change/").content.decode()
    desk.get(f"{NEW}?day=2026-11-28")
    assert Search.objects.count() == 1


def test_a_gap_of_ones_own(desk, shop, jane, technician):
    said = {"q": "2125550201", "on": DAY.isoformat(), "at": "13:00", "technician": technician.pk, "verdict": "1"}
    text = desk.post(f"{NEW}when", said).content.decode()
    assert "Nothing speaks against it." in text
    assert f"with {technician.name}" in text
    own(desk, technician, 13)
    visit = Visit.objects.get()
    assert (visit.technician, visit.starts_at, visit.pinned) == (technician, at(shop, 13), True)


def test_a_rule_speaks_against_it_until_it_is_overruled_as_shown(desk, shop, jane, technician):
    TimeOff.objects.create(shop=shop, technician=technician, starts_at=at(shop, 13), ends_at=at(shop, 17))
    text = own(desk, technician, 13).content.decode()
    assert "Nothing was booked yet: the rules speak against this time." in text
    assert "Time off from" in text
    assert 'name="despite"' in text
    assert 'name="overbook"' not in text
    told = re.findall(r'name="told" value="([^"]+)"', text)[0]
    own(desk, technician, 14, despite="on", told=told)
    assert Booking.objects.count() == 0
    own(desk, technician, 13, despite="on", told=told)
    change = Booking.objects.get().changes.get()
    assert [rule for rule, *_ in change.detail["overruled"]] == ["off"]
    page = desk.get(f"/admin/bookings/booking/{change.booking_id}/change/").content.decode()
    assert "Overruled: time off." in page


def test_an_overlap_asks_for_its_own_mark(desk, shop, now, jane, technician):
    own(desk, technician, 13)
    said = {"form": "0" * 31 + "2"}
    text = own(desk, technician, 14, **said).content.decode()
    assert ('name="overbook"' in text, 'name="despite"' in text) == (True, False)
    told = re.findall(r'name="told" value="([^"]+)"', text)[0]
    own(desk, technician, 14, told=told, overbook="on", **said)
    assert list(Visit.objects.order_by("pk").values_list("overbooked", flat=True)) == [False, True]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"take": "nonsense"}, "Choose one of the times."),
        ({"take": "own", "at": ""}, "Name the day, the time and the technician."),
        ({"take": "own", "on": "2026-11-24", "at": "08:00"}, "That time is over."),
        ({"take": "own", "technician": "999999"}, "This technician is not active any more."),
        ({"take": "2026-11-20T09:00"}, "That time is over."),
        ({"q": ""}, "Who is it for?"),
        ({"q": "Bob Smith"}, "Type the whole telephone number"),
    ],
)
def test_what_cannot_be_booked_is_said_and_changes_nothing(desk, shop, jane, technician, said, words):
    wanted = {
        "form": FORM, "take": at(shop, 9).isoformat(), "q": "2125550201", "on": DAY.isoformat(), "at": "09:00",
        "technician": technician.pk, **said,
    }  # fmt: skip
    assert words in desk.post(NEW, wanted, headers=HTMX).content.decode()
    assert Booking.objects.exclude(status="held").count() == OutgoingMessage.objects.count() == 0


def test_undo_within_the_minute_and_nobody_is_written_to(desk, shop, now, jane):
    take(desk, shop)
    booking = Booking.objects.get()
    answer = desk.post(f"{NEW}undo", {"booking": booking.public_id}, headers=HTMX)
    assert f"Taken back: {booking.reference}" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.status == "cancelled"
    assert OutgoingMessage.objects.exclude(status="queued").count() == 0
    from bookings.services import confirmations

    assert confirmations.is_stale(OutgoingMessage.objects.get(), now=now + timedelta(seconds=75))


def test_undo_is_too_late_after_the_minute_and_not_for_others(desk, shop, now, jane):
    take(desk, shop)
    booking = Booking.objects.get()
    eve = Client()
    eve.force_login(shelf.dispatcher(shop, username="eve"))
    assert "too late" in eve.post(f"{NEW}undo", {"booking": booking.public_id}, headers=HTMX).content.decode()
    with time_machine.travel(now + timedelta(seconds=61), tick=False):
        assert "too late" in desk.post(f"{NEW}undo", {"booking": booking.public_id}, headers=HTMX).content.decode()
    booking.refresh_from_db()
    assert booking.status == "booked"


def test_a_lead_fills_the_form_is_closed_with_the_booking_and_comes_back_with_undo(desk, shop, now, jane):
    service = shop.servicetype_set.get(key="maintenance")
    lead = leads.keep(
        shop_id=shop.pk, origin="call:x", reason=Lead.Reason.MESSAGE, phone="+12125550201", now=now, wanted="tune-up, mornings",
        service_id=service.pk, urgent=True,
    )  # fmt: skip
    text = desk.get(f"{NEW}?lead={lead.pk}").content.decode()
    assert "Jane Doe" in text
    assert "tune-up, mornings</textarea>" in text
    assert re.search(rf'name="service" value="{service.pk}" checked', text)
    assert 'value="urgent" checked' in text
    text = take(desk, shop, lead=lead.pk).content.decode()
    lead.refresh_from_db()
    assert lead.status == Lead.Status.DONE
    assert f'name="lead" value="{lead.pk}"' in text
    desk.post(f"{NEW}undo", {"booking": Booking.objects.get().public_id, "lead": lead.pk}, headers=HTMX)
    lead.refresh_from_db()
    assert lead.status == Lead.Status.OPEN


def test_a_lost_race_leaves_the_lead_open(desk, shop, now, jane):
    lead = leads.keep(shop_id=shop.pk, origin="call:x", reason=Lead.Reason.NO_TIME, phone="+12125550201", now=now)
    for n in range(3):
        shelf.book(shop, now, on=DAY, at=time(9), origin=f"seed:{n}", name=f"Ann {n}")
    take(desk, shop, lead=lead.pk)
    lead.refresh_from_db()
    assert lead.status == Lead.Status.OPEN


@pytest.mark.parametrize(
    "starts_at", ["2026-11-25T13:00", "2026-11-25 13:00", "2026-11-25T18:00:00+00:00", "2026-11-25T13:00-05:00"]
)
def test_a_link_names_a_gap(desk, shop, jane, technician, starts_at):
    text = desk.get(f"{NEW}?phone=2125550201&technician={technician.pk}&starts_at={starts_at}").content.decode()
    assert "Jane Doe" in text
    assert f"with {technician.name}" in text
    assert 'value="13:00"' in text
    assert "Nothing speaks against it." in text


def test_the_panel_is_the_same_without_the_page_around(desk, jane):
    whole, part = desk.get(NEW).content.decode(), desk.get(f"{NEW}?panel=1").content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert 'id="byhand"' in part


def test_without_a_script_the_form_is_a_plain_one(desk, shop, jane):
    text = desk.post(NEW, {"form": FORM, "q": "2125550201", "find": "1"}).content.decode()
    assert "<html" in text
    assert "Jane Doe" in text
    text = desk.post(NEW, {"form": FORM, "q": "2125550201", "take": at(shop, 9).isoformat()}).content.decode()
    assert "<html" in text
    assert "Booked:" in text


def test_strangers_are_kept_out(client, shop, other_shop, jane, now):
    booking = shelf.book(shop, now, on=DAY, at=time(9))
    ways = [("get", NEW), ("post", NEW), ("post", f"{NEW}who"), ("post", f"{NEW}when"), ("post", f"{NEW}undo")]
    for method, path in ways:
        answer = getattr(client, method)(path)
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
    tex = Client()
    tex.force_login(shelf.technician(shop))
    assert [getattr(tex, method)(path).status_code for method, path in ways] == [403] * 5
    stranger = Client()
    stranger.force_login(shelf.dispatcher(other_shop, username="eve"))
    assert stranger.get(f"{NEW}?shop={shop.pk}").status_code == 404
    for path in (NEW, f"{NEW}who", f"{NEW}when"):
        assert stranger.post(path, {"shop": shop.pk, "q": "2125550201"}).status_code == 404
    assert stranger.post(f"{NEW}undo", {"booking": booking.public_id}).status_code == 404
    lead = leads.keep(shop_id=shop.pk, origin="call:x", reason=Lead.Reason.NO_TIME, phone="+12125550201", now=now)
    assert stranger.get(f"{NEW}?lead={lead.pk}").status_code == 404
    for said in ({"q": "2125550201"}, {"q": "doe"}, {"customer": jane.pk}):
        assert "Jane Doe" not in stranger.post(f"{NEW}who", said).content.decode()
    take(stranger, other_shop, lead=lead.pk, q="2125550299", name="Eve's customer")
    lead.refresh_from_db()
    assert lead.status == Lead.Status.OPEN
    technician = Technician.objects.filter(shop=shop).first()
    assert "not active any more" in own(stranger, technician, 9, form="0" * 31 + "3", q="2125550299", name="X").content.decode()


def test_the_cost_is_the_same_for_one_customer_and_for_many(desk, shop, now, jane):
    said = {"form": FORM, "q": "2125550201", "service": "repair"}

    def cost():
        counts = []
        for path in (f"{NEW}who", f"{NEW}when"):
            with CaptureQueriesContext(connection) as asked:
                assert desk.post(path, said).status_code == 200
            counts.append(len(asked))
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(f"{NEW}?phone=2125550201").status_code == 200
        return [*counts, len(asked)]

    shelf.book(shop, now, on=DAY, at=time(9))
    desk.get(NEW)
    few = cost()
    for n in range(5):
        shelf.book(shop, now, on=DAY + timedelta(days=n % 2), at=time(11 + n // 2), origin=f"seed:m{n}", name=f"Jane {n}")
    assert cost() == few
    # Session, user and shops; the customers, their addresses, last visit and what is ahead; what is taken; what is usual.
    assert few == [7, 8, 10]


@pytest.mark.parametrize("way", ["offered", "own"])
def test_whoever_is_not_served_is_booked_by_a_decision_only(desk, shop, jane, technician, way):
    jane.do_not_service = "Owes two"
    jane.save()
    text = desk.post(f"{NEW}who", {"q": "2125550201"}).content.decode()
    assert "Do not service: Owes two" in text
    assert 'name="serve"' in text

    def press(**said):
        who = {"customer": str(jane.pk), **said}
        return take(desk, shop, **who) if way == "offered" else own(desk, technician, 9, **who)

    refused = press().content.decode()
    assert "Nothing was booked: this number is marked do not service (Owes two)." in refused
    assert Booking.objects.count() == 0
    press(serve="on")
    assert Booking.objects.get().customer == jane


def test_whoever_was_merged_is_found_by_either_number_and_name(desk, shop, now, jane):
    gone = Customer.objects.create(shop=shop, name="J. Smith", name_key="j smith", phone="+12125550207", merged_into=jane)
    for typed in ("2125550207", "0207", "smith"):
        text = desk.post(f"{NEW}who", {"q": typed}).content.decode()
        assert re.search(rf'value="{jane.pk}" checked', text), typed
        assert f'value="{gone.pk}"' not in text


def test_whoever_was_spoken_to_in_spanish_is_written_to_in_spanish(desk, shop, now, jane):
    shop.languages = "en-es"
    shop.save()
    before = shelf.book(shop, now, on=DAY, at=time(13))
    Booking.objects.filter(pk=before.pk).update(language="es")
    take(desk, shop)
    booking = Booking.objects.exclude(pk=before.pk).get()
    assert booking.language == "es"
    assert "Referencia" in OutgoingMessage.objects.get().body


def test_the_next_three_come_without_a_script_too(desk, shop, jane):
    said = {"form": FORM, "q": "2125550201"}
    after = re.findall(r'name="after" value="([^"]+)"', desk.post(NEW, said).content.decode())[0]
    text = desk.post(NEW, {**said, "after": after}).content.decode()
    assert min(re.findall(r'name="take" value="([^"]+)"', text)) > after
