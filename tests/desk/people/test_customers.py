"""The customers' pages: found, shown whole, changed in place with a history, two made one and two again."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, Customer, CustomerChange, CustomerMerge, CustomerNote, Lead, Property, Unit
from bookings.services import leads, merging, messages, upkeep
from telephony.models import Call
from tests.bookings import merging as rows
from tests.browser import PHONE
from tests.desk import shelf
from tests.factories import a_shop

ANN, OTHER = "+12125550209", "+12125550208"
BY = "desk:dee"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ann(shop):
    return rows.person(shop, "Ann Ace", ANN)


def url(who, what="customer", *more):
    return reverse(what, args=[who.pk, *more])


def found(desk, **query):
    return [row.customer.name for row in desk.get(reverse("customers", query=query)).context["found"].rows]


def text_of(answer):
    return answer.content.decode().replace("&#x27;", "'")


def test_customers_are_found_by_name_number_and_address(desk, shop, ann):
    bob = rows.person(shop, "Bob O'Neil", OTHER)
    rows.place(bob, "88 Court St., Brooklyn 11201")
    twin = rows.person(shop, "Annie Ace", "+12125550207")
    merging.merge(ann.pk, twin.pk, shop_id=shop.pk, by=BY, now=timezone.now())
    assert found(desk) == ["Ann Ace", "Bob O'Neil"]
    assert found(desk, q="ace") == found(desk, q="annie") == found(desk, q="212 555-0207") == ["Ann Ace"]
    assert found(desk, q="court st brooklyn") == found(desk, q="o'neil") == ["Bob O'Neil"]
    assert found(desk, q="_") == found(desk, q="nobody like this") == []
    assert "(212) 555-0209, (212) 555-0207" in text_of(desk.get(reverse("customers")))


def test_customers_are_narrowed_by_tag(desk, shop, ann):
    now = timezone.now()
    bob, cy = rows.person(shop, "Bob", OTHER), rows.person(shop, "Cy", "+12125550207")
    upkeep.set_tags(ann.pk, shop_id=shop.pk, tags=["Landlord"], by=BY, now=now)
    upkeep.set_member(bob.pk, shop_id=shop.pk, member=True, by=BY, now=now)
    upkeep.set_do_not_service(cy.pk, shop_id=shop.pk, reason="Rude", by=BY, now=now)
    assert found(desk, tag="tag:Landlord") == ["Ann Ace"]
    assert found(desk, tag="member") == ["Bob"]
    assert found(desk, tag="do-not-service") == ["Cy"]
    assert found(desk, tag="x") == ["Ann Ace", "Bob", "Cy"]
    assert desk.get(reverse("customers")).context["tags"] == ["Landlord"]


def test_customers_come_in_pages(desk, shop):
    for n in range(53):
        rows.person(shop, f"P {n:02d}", f"+121255501{n:02d}")
    assert found(desk) == [f"P {n:02d}" for n in range(50)]
    assert found(desk, page=2) == ["P 50", "P 51", "P 52"]
    assert "q=P&amp;page=2" in text_of(desk.get(reverse("customers", query={"q": "P"})))


def test_a_shop_without_customers_says_so(desk):
    assert "They appear here by themselves" in text_of(desk.get(reverse("customers")))


def filled(shop, now, who, n=1):
    """Everything a customer's page shows, n times."""
    for each in range(n):
        call = Call.objects.create(
            shop=shop, twilio_sid=f"CA{who.pk}-{each}", from_number=who.phone, started_at=now - timedelta(hours=each + 1),
            ended_at=now, stage="ended", outcome="booked", summary=f"Rattles {each}.",
        )  # fmt: skip
        booking = shelf.book(
            shop, now, on=date(2026, 11, 25) + timedelta(days=7 * each), origin=call.origin, name=who.name, phone=who.phone,
            address=f"{each} {'Elm' if who.phone == ANN else 'Oak'} St",
        )  # fmt: skip
        messages.queue(shop_id=shop.pk, reason=f"c{each}", to=who.phone, body=f"Text {each}", now=now, booking=booking)
        rows.unit(booking.property, now, f"Brand {each}")
        rows.note(who, now, f"Note {each}")
        leads.keep(
            shop_id=shop.pk, origin=call.origin, reason=Lead.Reason.MESSAGE, phone=who.phone, now=now, messages=[f"Ring {each}"]
        )


def test_the_page_shows_everything(desk, shop, now, ann):
    filled(shop, now, ann)
    booking = Booking.objects.get()
    Booking.objects.filter(pk=rows.booking(ann, None, now).pk).update(status="done")
    text = text_of(desk.get(url(ann)))
    for each in (
        "(212) 555-0209", "0 Elm St", "https://www.google.com/maps/search/?api=1&amp;query=0+Elm+St", "Furnace Brand 0",
        booking.reference, "Rattles 0.", "Text 0", "Note 0", "Ring 0", "Wed 25 Nov 2026", "Coming", "Past",
        reverse("call", args=[Call.objects.get().pk]), str(booking.visits.get().technician),
    ):  # fmt: skip
        assert each in text, each


def test_a_booking_is_begun_for_them_from_their_page(desk, shop, ann):
    rows.person(shop, "Al Ace", ANN)  # of the same number: the page says which of the two it is
    (link,) = re.findall(r'href="([^"]*/board/new/[^"]*customer=[^"]*)"', text_of(desk.get(url(ann))))
    answer = desk.get(link.replace("&amp;", "&"))
    assert [each.customer.name for each in answer.context["found"].matches] == ["Ann Ace", "Al Ace"]
    assert answer.context["found"].chosen == str(ann.pk)
    assert 'name="q" value="(212) 555-0209"' in text_of(answer)


def test_the_page_costs_the_same_however_much_there_is(desk, shop, now, ann):
    bob = rows.person(shop, "Bob Castillo", OTHER)
    filled(shop, now, ann)
    desk.get(url(ann))
    counts = []
    for address in (url(ann), reverse("customers")):
        with CaptureQueriesContext(connection) as asked:
            desk.get(address)
        counts.append(len(asked))
    filled(shop, now, bob, 6)
    for address in (url(bob), reverse("customers")):
        with CaptureQueriesContext(connection) as asked:
            desk.get(address)
        counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 24
    assert counts[1] <= 11


def test_tags_plan_and_do_not_service_are_changed_in_place(desk, shop, now, ann):
    part = desk.post(url(ann, "customer-tags"), {"add": "Landlord, VIP"}, headers=HTMX)
    assert part.status_code == 200
    assert "customer-who" in text_of(part)
    assert "<html" not in text_of(part)
    assert "Tagged Landlord, VIP" in text_of(part)  # the history comes along
    desk.post(url(ann, "customer-tags"), {"add": "vip"}, headers=HTMX)
    desk.post(url(ann, "customer-tags"), {"remove": "Landlord"}, headers=HTMX)
    desk.post(url(ann, "customer-member"), {"member": "yes"}, headers=HTMX)
    refused = desk.post(url(ann, "customer-dns"), {"reason": "  "}, headers=HTMX)
    assert "Say why" in text_of(refused)
    assert "Owes two" in text_of(desk.post(url(ann, "customer-dns"), {"reason": "Owes two"}, headers=HTMX))
    ann.refresh_from_db()
    assert (ann.tags, ann.member, ann.do_not_service) == (["VIP"], True, "Owes two")
    assert list(CustomerChange.objects.order_by("pk").values_list("kind", "by")) == [
        ("tags", BY), ("tags", BY), ("member", BY), ("dns", BY),
    ]  # fmt: skip
    text = text_of(desk.get(url(ann)))
    for each in ("Do not service: Owes two", "A member, with a maintenance plan", "No longer tagged Landlord", "dee"):
        assert each in text, each
    desk.post(url(ann, "customer-dns"), {"what": "serve"}, headers=HTMX)
    ann.refresh_from_db()
    assert ann.do_not_service == ""


def test_without_a_script_the_page_comes_back(desk, ann):
    answer = desk.post(url(ann, "customer-note"), {"text": "Gate code 12"})
    assert (answer.status_code, answer["Location"]) == (302, f"{url(ann)}#customer-notes")
    refused = desk.post(url(ann, "customer-note"), {"text": " "}, follow=True)
    assert "the note is empty" in text_of(refused)
    assert CustomerNote.objects.count() == 1


def test_a_note_is_struck_out_and_taken_back(desk, shop, now, ann):
    text = text_of(desk.post(url(ann, "customer-note"), {"text": "Big <b>dog</b>"}, headers=HTMX))
    assert "Big &lt;b&gt;dog&lt;/b&gt;" in text
    assert "dee, 24 Nov 2026, 9:00 am" in text
    note = CustomerNote.objects.get()
    assert "struck out" in text_of(desk.post(url(ann, "customer-strike", note.pk), {"struck": "yes"}, headers=HTMX))
    note.refresh_from_db()
    assert note.struck_at == now
    desk.post(url(ann, "customer-strike", note.pk), {"struck": "no"}, headers=HTMX)
    note.refresh_from_db()
    assert note.struck_at is None


def test_equipment_is_added_changed_removed_and_put_back(desk, shop, now, ann):
    place = rows.place(ann, "1 Elm St")
    form = {
        "property": place.pk, "kind": "furnace", "brand": "Trane", "model": "XR15", "installed_year": "2014", "fuel": "gas",
        "warranty_until": "2027-01-31", "note": "Attic",
    }  # fmt: skip
    part = text_of(desk.post(url(ann, "customer-unit-new"), form, headers=HTMX))
    for each in ("Furnace Trane XR15", "12 years old (2014)", "natural gas", "warranty until 31 Jan 2027", "Attic"):
        assert each in part, each
    unit = Unit.objects.get()
    shown = desk.get(url(ann, "customer-unit", unit.pk), headers=HTMX)
    assert 'value="Trane"' in text_of(shown)
    changed = text_of(desk.post(url(ann, "customer-unit", unit.pk), form | {"warranty_until": "2020-01-31"}, headers=HTMX))
    assert "warranty ended 31 Jan 2020" in changed
    assert "Furnace Trane XR15 changed: warranty" in changed
    wrong = desk.post(url(ann, "customer-unit", unit.pk), form | {"installed_year": "2090"}, headers=HTMX)
    assert "That year is still to come." in text_of(wrong)
    assert wrong["HX-Retarget"] == "#customer-unit"
    desk.post(url(ann, "customer-unit-remove", unit.pk), {"gone": "yes"}, headers=HTMX)
    unit.refresh_from_db()
    assert (unit.gone_at, unit.installed_year) == (now, 2014)
    assert "Removed (1)" in text_of(desk.get(url(ann)))
    desk.post(url(ann, "customer-unit-remove", unit.pk), {"gone": "no"}, headers=HTMX)
    unit.refresh_from_db()
    assert unit.gone_at is None


def test_equipment_does_not_go_to_another_s_address(desk, shop, now, ann):
    theirs = rows.place(rows.person(shop, "Bob", OTHER), "2 Elm St")
    unit = rows.unit(theirs, now, "Trane")
    rows.place(ann, "1 Elm St")
    answer = desk.post(url(ann, "customer-unit-new"), {"property": theirs.pk, "kind": "furnace"}, headers=HTMX)
    assert "Select a valid choice" in text_of(answer)
    assert Unit.objects.count() == 1
    assert desk.get(url(ann, "customer-unit", unit.pk)).status_code == 404


def test_likely_duplicates_are_named_with_the_reason(desk, shop, now, ann):
    rows.place(ann, "1 Elm St")
    same = rows.person(shop, "A. Ace", ANN)
    spelled = Customer.objects.create(shop=shop, name="Ann Ace", name_key="ann ace", phone="(212) 555-0209")
    place = rows.person(shop, "Anne Ace", OTHER)
    rows.place(place, "1 elm st.")
    rows.person(shop, "Bob Ace", ANN)  # of the same household
    rows.person(shop, "Ann Ace", "+13105550100")  # of the same name, elsewhere
    likely = desk.get(url(ann)).context["page"].likely
    assert [(each.other, each.why) for each in likely] == [
        (same, "The same number, and a name like it"),
        (spelled, "The same number, written differently, and a name like it"),
        (place, "The same address, and a name like it"),
    ]
    pairs = desk.get(reverse("customers-likely")).context["pairs"]
    assert len(pairs) == 4  # and A. Ace with the number that is written differently
    merging.merge(ann.pk, same.pk, shop_id=shop.pk, by=BY, now=now)
    assert same not in [each.other for each in desk.get(url(ann)).context["page"].likely]


def test_two_are_made_one_and_two_again(desk, shop, now, ann):
    twin = rows.person(shop, "A. Ace", ANN)
    filled(shop, now, twin)
    before = rows.picture()
    compare = url(ann, "customer-merge", twin.pk)
    assert "Make them one" in text_of(desk.get(compare))
    done = desk.post(compare, {"keep": str(ann.pk)}, follow=True)
    assert done.redirect_chain == [(url(ann), 302)]
    assert "A. Ace is part of this customer now." in text_of(done)
    assert "also A. Ace" in text_of(done)
    assert "Text 0" in text_of(done)
    assert desk.get(url(twin))["Location"] == url(ann)
    again = desk.post(compare, {"keep": str(ann.pk)}, follow=True)
    assert CustomerMerge.objects.count() == 1, text_of(again)
    merge = CustomerMerge.objects.get()
    undone = desk.post(reverse("customer-unmerge", args=[merge.pk]), follow=True)
    assert "A. Ace is a customer of their own again" in text_of(undone)
    assert rows.picture() == before


def test_the_other_one_may_be_kept(desk, shop, ann):
    twin = rows.person(shop, "A. Ace", ANN)
    desk.post(url(ann, "customer-merge", twin.pk), {"keep": str(twin.pk)})
    ann.refresh_from_db()
    assert ann.merged_into == twin


def test_an_undo_that_is_forbidden_says_what_to_do(desk, shop, now, ann):
    people = [rows.person(shop, name, ANN) for name in ("A. Ace", "Anna Ace")]
    first, _ = (merging.merge(ann.pk, each.pk, shop_id=shop.pk, by=BY, now=now) for each in people)
    said = text_of(desk.post(reverse("customer-unmerge", args=[first.pk]), follow=True))
    assert "Anna Ace became part of this customer later. Undo that first." in said
    first.refresh_from_db()
    assert first.undone_at is None


def test_another_shop_s_customers_are_not_there(client, shop, other_shop, now, ann):
    twin = rows.person(shop, "A. Ace", ANN)
    unit = rows.unit(rows.place(ann, "1 Elm St"), now, "Trane")
    note = rows.note(ann, now, "Dog")
    done = merging.merge(ann.pk, twin.pk, shop_id=shop.pk, by=BY, now=now)
    mine = rows.person(other_shop, "Mine", OTHER)
    before = rows.picture()
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    assert found(client) == ["Mine"]
    assert client.get(reverse("customers-likely")).context["pairs"] == []
    for name, more in (
        ("customer", ()),
        ("customer-unit-new", ()),
        ("customer-unit", (unit.pk,)),
        ("customer-merge", (mine.pk,)),
    ):
        assert client.get(url(ann, name, *more)).status_code == 404, name
    assert client.get(url(mine, "customer-merge", ann.pk)).status_code == 404
    posts = [
        ("customer-member", ()), ("customer-dns", ()), ("customer-tags", ()), ("customer-note", ()),
        ("customer-strike", (note.pk,)), ("customer-unit-new", ()), ("customer-unit", (unit.pk,)),
        ("customer-unit-remove", (unit.pk,)), ("customer-merge", (mine.pk,)),
    ]  # fmt: skip
    for name, more in posts:
        given = {"text": "x", "reason": "x", "add": "x", "member": "yes", "gone": "yes", "struck": "yes"}
        assert client.post(url(ann, name, *more), given).status_code == 404, name
    assert client.post(reverse("customer-unmerge", args=[done.pk])).status_code == 404
    assert rows.picture() == before
    assert (CustomerNote.objects.get().struck_at, Unit.objects.get().gone_at) == (None, None)
    client.logout()
    for address in (reverse("customers"), reverse("customers-likely"), url(ann), url(ann, "customer-unit-new")):
        assert client.get(address).status_code == 302
    for name, more in posts:
        assert client.post(url(ann, name, *more), {"text": "x", "reason": "x", "add": "x"}).status_code == 302
    client.force_login(shelf.technician(shop))
    for address in (reverse("customers"), reverse("customers-likely"), url(ann), url(ann, "customer-unit-new")):
        assert client.get(address).status_code == 403
    for name, more in posts:
        assert client.post(url(ann, name, *more), {"text": "x", "reason": "x", "add": "x"}).status_code == 403
    assert rows.picture() == before


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_customer_is_changed_and_merged_in_the_browser(page, sign_in):
    shop = a_shop()
    sign_in(shelf.dispatcher(shop))
    ann, twin = rows.person(shop, "Ann Ace", ANN), rows.person(shop, "A. Ace", ANN)
    rows.place(ann, "1 Elm St, New York 10001")
    rows.place(twin, "88 Court St, Brooklyn 11201")
    page.goto(url(ann))
    page.get_by_label("A new note").fill("Gate code 12")
    page.get_by_role("button", name="Write down").click()
    expect(page.locator("#customer-notes li")).to_contain_text("Gate code 12")
    page.get_by_label("Add a tag", exact=True).fill("Landlord")
    page.keyboard.press("Enter")
    expect(page.locator("#customer-who .pp-tag")).to_contain_text("Landlord")
    expect(page.locator("#customer-history")).to_contain_text("Tagged Landlord")
    page.get_by_role("link", name="Add equipment").click()
    page.get_by_label("Brand").fill("Trane")
    page.get_by_label("Kind").select_option("furnace")
    page.get_by_label("Year installed").fill("2090")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#customer-unit")).to_contain_text("That year is still to come.")
    page.get_by_label("Year installed").fill("2014")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".pp-unit")).to_contain_text("Furnace Trane")
    assert (CustomerNote.objects.count(), Unit.objects.count()) == (1, 1)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("link", name="Compare and merge").click()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("button", name="Make them one").click()
    expect(page.locator("#customer-equipment")).to_contain_text("88 Court St")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#customer-equipment")).not_to_contain_text("88 Court St")
    assert Property.objects.filter(customer=twin).count() == 1
