"""The board in real browsers: it keeps itself true without losing what one is doing, answers to its keys, and fits a phone."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import BusyBlock, Technician
from bookings.services import appointments
from tests.browser import PHONE, arrived
from tests.desk import shelf
from tests.desk.test_browser import sideways
from tests.factories import TechnicianFactory, a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return a_shop()


def test_two_browsers_see_each_other_s_changes_within_two_seconds(signed_in, opens, shop, day):
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    one = signed_in
    two = opens(storage_state=one.context.storage_state())
    two.goto(f"/board/?day={day}")
    cards = [page.locator(f"li.bd-card[data-visit='{visit.pk}']") for page in (one, two)]
    expect(cards[0]).to_be_visible(timeout=2000)
    expect(cards[1]).to_be_visible(timeout=2000)
    # What one does is seen by the other, who types, has a story open, and loses neither.
    two.locator(f"#visit-{visit.pk}").click()
    expect(two.locator("#board-panel h2")).to_have_text("Ann First")
    two.locator("#bd-search").fill("Ann")
    one.locator(f"#visit-{visit.pk}").click()
    one.locator("#board-panel").get_by_role("button", name="On the way").click()
    expect(cards[1]).to_contain_text("On the way", timeout=2000)
    expect(two.locator("#board-panel")).to_contain_text("Back to booked", timeout=2000)
    assert two.evaluate("document.activeElement.id") == "bd-search"
    assert two.input_value("#bd-search") == "Ann"
    # And the other way round; a caller's cancellation reaches both.
    two.locator("#board-panel").get_by_role("button", name="Back to booked").click()
    expect(cards[0]).not_to_contain_text("On the way", timeout=2000)
    appointments.cancel(visit.booking_id, by="call:x", reason="", now=timezone.now())
    for card in cards:
        expect(card).to_have_count(0, timeout=2000)


def test_a_booking_appears_by_itself_and_keeps_what_is_typed(signed_in, shop, day):
    page = signed_in
    first = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First")
    page.wait_for_selector("text=Ann First", timeout=4000)
    page.keyboard.press("/")
    page.keyboard.type("Ann")
    visit = shelf.book(shop, timezone.now(), on=day, at=time(13), origin="seed:2", name="Bob Second").visits.get()
    card = page.locator(f"li.bd-card[data-visit='{visit.pk}']")
    expect(card).to_have_count(1, timeout=4000)
    # It does not match what is looked for, and the page says that it hides something.
    expect(page.locator("#bd-filtered")).to_contain_text("1 visit matches")
    assert page.input_value("#bd-search") == "Ann"
    page.keyboard.type(" F")
    assert page.input_value("#bd-search") == "Ann F"
    page.get_by_role("button", name="Show everything").click()
    # Seconds that pass are counted on the page, and a calendar that follows shows by itself.
    calendar = shelf.connect(visit.technician, timezone.now())
    expect(card).to_contain_text("Not yet in the technician's calendar", timeout=4000)
    expect(card.locator("time").first).to_have_text("3 s", timeout=8000)
    shelf.mirror(visit, calendar, confirmed="present", pushed_version=visit.version)
    expect(card).to_contain_text("In Google Calendar", timeout=4000)
    page.fill("#bd-search", "Ann F")
    page.press("#bd-search", "Enter")
    page.wait_for_url("**/admin/bookings/booking/?q=Ann+F**")
    expect(page.locator("#result_list, table").first).to_contain_text(first.reference)


def test_keys_change_the_day_and_explain_themselves(signed_in, shop, day):
    page = signed_in
    for key, shown in (
        ("ArrowRight", day + timedelta(days=1)),
        ("ArrowLeft", day),
        ("t", timezone.now().astimezone(shop.zone).date()),
    ):
        page.keyboard.press(key)
        arrived(page, f'#board[data-day="{shown}"]')
    page.keyboard.press("w")
    arrived(page, "#board[data-view=week]")
    page.keyboard.press("d")
    arrived(page, "#board[data-view=day]")
    page.keyboard.press("?")
    assert page.locator("#board-help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#board-help").is_visible()


def test_focus_and_an_open_story_stay_when_the_row_is_drawn_anew(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    page.wait_for_selector("text=Ann First", timeout=4000)
    page.focus(f"#visit-{visit.pk}")
    type(visit.booking).objects.filter(pk=visit.booking_id).update(urgency="urgent")
    expect(page.locator(f"li.bd-card[data-visit='{visit.pk}']")).to_contain_text("Urgent", timeout=4000)
    assert page.evaluate("document.activeElement.id") == f"visit-{visit.pk}"
    page.keyboard.press("Enter")
    expect(page.locator("#board-panel h2")).to_have_text("Ann First")
    page.keyboard.press("Escape")
    expect(page.locator("#board-panel")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == f"visit-{visit.pk}"


def test_twelve_technicians_fit_the_screen_and_a_phone_does_not_scroll_sideways(signed_in, shop, day):
    page = signed_in
    for _ in range(9):
        TechnicianFactory(shop=shop)
    for n in range(12):
        shelf.book(shop, timezone.now(), on=day, at=time(10), origin=f"seed:{n}", name=f"Customer with a long name {n}")
    assert Technician.objects.count() == 12
    page.reload()
    page.wait_for_selector("#board")
    assert page.locator(".bd-row").count() == 12
    assert (
        page.evaluate("(() => { const s = document.getElementById('bd-sheet'); return s.scrollHeight - s.clientHeight; })()") <= 0
    )
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert sideways(page) <= 0
    page.set_viewport_size(PHONE)
    for path in (f"/board/?day={day}", f"/board/?day={day}&view=week", "/admin/bookings/booking/", "/admin/bookings/lead/"):
        page.goto(path)
        assert sideways(page) <= 0, path
    page.goto(f"/board/?day={day}")
    assert page.locator(".bd-axis").is_hidden()


def test_on_a_phone_a_visit_is_moved_by_a_form(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    other = Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id)[0]
    page.set_viewport_size(PHONE)
    page.reload()
    page.locator(f"#visit-{visit.pk}").click()
    panel = page.locator("#board-panel")
    panel.locator("summary", has_text="Move").click()
    panel.get_by_label("Technician").select_option(label=other.name)
    expect(panel.locator("[data-verdict]")).to_have_text("Nothing speaks against it")
    assert sideways(page) <= 0
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#board-toasts")).to_contain_text(f"moved to {other.name}")
    expect(panel).to_contain_text(f"with {other.name}")
    visit.refresh_from_db()
    assert visit.technician_id == other.pk


def test_a_hold_runs_down_and_leaves_by_itself(signed_in, shop, day):
    page = signed_in
    held = shelf.hold(shop, timezone.now(), on=day, at=time(13))
    card = page.locator(f"li.bd-card[data-visit='{held.visits.get().pk}']")
    expect(card).to_contain_text("On hold", timeout=4000)
    expect(card.locator("time")).to_have_text("4:57", timeout=8000)
    ends = timezone.now() + timedelta(seconds=3)
    held.visits.update(held_until=ends)
    type(held).objects.filter(pk=held.pk).update(hold_expires_at=ends)
    expect(card).to_have_count(0, timeout=12000)


def test_what_changes_while_a_card_is_carried_waits_until_it_is_put_down(signed_in, shop, day):
    page = signed_in
    one, two = (
        shelf.book(shop, timezone.now(), on=day, at=time(hour), origin=f"seed:{hour}", name=name).visits.get()
        for hour, name in ((10, "Ann First"), (13, "Bob Second"))
    )
    expect(page.locator(f"#visit-{two.pk}")).to_be_visible(timeout=4000)
    box = page.locator(f"li.bd-card[data-visit='{one.pk}']").bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 12, steps=4)
    expect(page.locator(".bd-ghost")).to_be_visible()
    with page.expect_response(lambda answer: "fragment=1" in answer.url, timeout=4000):
        type(two.booking).objects.filter(pk=two.booking_id).update(urgency="urgent")
    page.wait_for_timeout(100)
    expect(page.locator(f"li.bd-card[data-visit='{two.pk}']")).not_to_contain_text("Urgent")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".bd-ghost")).to_have_count(0)
    expect(page.locator(f"li.bd-card[data-visit='{two.pk}']")).to_contain_text("Urgent", timeout=2000)
    assert page.evaluate("document.activeElement.id") == f"visit-{one.pk}"


def test_many_rows_are_put_in_a_few_at_a_time(signed_in, shop, day):
    page = signed_in
    TechnicianFactory.create_batch(37, shop=shop)
    noon, one = (datetime.combine(day, time(hour), shop.zone) for hour in (12, 13))
    BusyBlock.objects.bulk_create(
        BusyBlock(shop=shop, technician=each, calendar_id="c", event_id=f"e{n}", starts_at=noon, ends_at=one)
        for each in Technician.objects.filter(shop=shop) for n in range(20)
    )  # fmt: skip
    page.reload()
    expect(page.locator(".bd-row")).to_have_count(40)
    page.evaluate(
        """() => {
          window.turns = 0;
          window.stale = new Set([...document.querySelectorAll(".bd-row")].map((row) => row.dataset.digest));
          new MutationObserver(() => (window.turns += 1)).observe(
            document.getElementById("bd-rows"), { subtree: true, attributeFilter: ["data-digest"] });
        }"""
    )
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 20})
    type(shop).objects.filter(pk=shop.pk).update(name="ABC Heating")  # every row is drawn anew
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.bd-row')].some((row) => window.stale.has(row.dataset.digest))", timeout=15000
    )
    assert page.evaluate("window.turns") > 1
    assert page.locator(".bd-row").count() == 40
