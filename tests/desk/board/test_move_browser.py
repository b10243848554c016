"""A daily job in a real browser: a visit is moved by drag and by keys, refused, overruled and taken back."""

import re
import time as clock
from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import BusyBlock, Technician, TimeOff
from tests.browser import arrived
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def visit(signed_in, shop, day):
    found = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    expect(signed_in.locator(f"#visit-{found.pk}")).to_be_visible(timeout=4000)
    return found


@pytest.fixture
def other(shop, visit):
    return Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id)[0]


def stands(visit):
    visit.refresh_from_db()
    return visit.technician_id, visit.starts_at.astimezone(visit.shop.zone).time(), visit.overbooked


def box(locator):
    """Where it is, also if it was drawn anew while it was looked for."""
    until = clock.monotonic() + 5
    while (found := locator.bounding_box()) is None:
        assert clock.monotonic() < until
    return found


def drag(page, visit, technician, hours, *, drop=True):
    """Drag a card to somebody's row, some hours later, and wait for what the rules say there."""
    card = box(page.locator(f"li.bd-card[data-visit='{visit.pk}']"))
    track = box(page.locator(f"#row-{technician.pk} .bd-track"))
    hour = track["width"] / (int(page.locator("#board").get_attribute("data-seconds")) / 3600)
    x, y = card["x"] + 12, card["y"] + card["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y)
    page.mouse.move(x + hours * hour, track["y"] + track["height"] / 2, steps=8)
    if drop:
        page.mouse.up()
    return page.locator(".bd-ghost")


def lies_on_the_board(page, what):
    """Nothing of it is cut off by the edges of the sheet."""
    sheet, box = page.locator("#bd-sheet").bounding_box(), what.bounding_box()
    right, below = (box[at] + box[size] <= sheet[at] + sheet[size] for at, size in (("x", "width"), ("y", "height")))
    return right and below


def test_by_drag(signed_in, shop, day, visit, other):
    page = signed_in
    ghost = drag(page, visit, other, 1, drop=False)
    expect(ghost).to_have_attribute("data-verdict", "clear")
    expect(ghost).to_contain_text("11:00 am")
    page.mouse.up()
    expect(page.locator("#board-toasts")).to_contain_text(f"moved to {other.name}")
    expect(page.locator(f"#row-{other.pk} #visit-{visit.pk}")).to_be_visible()
    assert stands(visit) == (other.pk, time(11), False)
    # Against the calendar: amber, with the reason; left where it was, nothing changes.
    third = Technician.objects.filter(shop=shop).exclude(pk__in=[other.pk, visit.technician_id]).first() or other
    starts = visit.starts_at + timedelta(hours=3)
    BusyBlock.objects.create(
        shop=shop, technician=third, calendar_id="c", event_id="e", starts_at=starts, ends_at=starts + timedelta(hours=1)
    )
    ghost = drag(page, visit, third, 3, drop=False)
    expect(ghost).to_have_attribute("data-verdict", "overrule")
    expect(ghost).to_contain_text("Busy in their calendar")
    assert lies_on_the_board(page, ghost.locator(".bd-ghost-why"))
    page.mouse.up()
    ask = page.locator("#board-ask")
    expect(ask).to_contain_text("Busy in their calendar from")
    ask.locator("h2").click()  # the focus is nowhere now
    page.keyboard.press("Escape")
    expect(ask).to_be_hidden()
    assert stands(visit) == (other.pk, time(11), False)
    # Taken back with the keys everybody knows.
    page.keyboard.press("Control+z")
    expect(page.locator("#board-toasts")).to_contain_text("is back with")
    visit.refresh_from_db()
    assert stands(visit)[1] == time(10)


def test_a_drop_on_another_visit_is_asked_about_and_overbooked(signed_in, shop, day, visit):
    page = signed_in
    taken = shelf.book(shop, timezone.now(), on=day, at=time(14), origin="seed:2", name="Bob Second").visits.get()
    expect(page.locator(f"#visit-{taken.pk}")).to_be_visible(timeout=4000)
    ghost = drag(page, visit, taken.technician, 4, drop=False)
    expect(ghost).to_have_attribute("data-verdict", "overlap")
    page.mouse.up()
    ask = page.locator("#board-ask")
    expect(ask).to_contain_text("Another visit from 2:00 pm")
    expect(ask).to_contain_text("The promise to the customer becomes")
    expect(ask.get_by_label("Text the customer the new window")).to_be_checked()
    ask.get_by_role("button", name="Overbook").click()
    expect(page.locator("#board-toasts")).to_contain_text("the customer is texted")
    assert stands(visit) == (taken.technician_id, time(14), True)
    expect(page.locator(f"li.bd-card[data-visit='{visit.pk}']")).to_contain_text("Overbooked")


def test_by_keys_with_a_refused_drop(signed_in, shop, visit):
    page = signed_in
    names = [each.name for each in Technician.objects.filter(shop=shop).order_by("name", "pk")]
    here = names.index(visit.technician.name)
    says = page.locator("#board-says")
    page.focus(f"#visit-{visit.pk}")
    page.keyboard.press("m")
    expect(says).to_contain_text(f"Ann First picked up: {visit.technician.name}, 10:00 am.")
    key, there = ("ArrowDown", names[here + 1]) if here + 1 < len(names) else ("ArrowUp", names[here - 1])
    page.keyboard.press(key)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(says).to_have_text(f"{there}, 10:30 am. Nothing speaks against it.")
    page.keyboard.press("Escape")
    expect(says).to_contain_text("Given up")
    assert stands(visit)[0] == visit.technician_id
    # Into the night, at the edge of the board: refused by the shift, and left.
    page.keyboard.press("m")
    for _ in range(34):
        page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Against the rules. The work does not fit into the shift", timeout=4000)
    assert lies_on_the_board(page, page.locator(".bd-ghost-why"))
    page.keyboard.press("Enter")
    expect(page.locator("#board-ask")).to_contain_text("The work does not fit into the shift")
    page.keyboard.press("Enter")  # the safe button has the focus
    expect(says).to_have_text("Left where it was.")
    assert stands(visit)[1] == time(10)
    # And to a colleague, dropped.
    page.keyboard.press("m")
    page.keyboard.press(key)
    expect(says).to_have_text(f"{there}, 10:00 am. Nothing speaks against it.")
    page.keyboard.press("Enter")
    expect(says).to_contain_text(f"moved to {there}")
    assert page.evaluate("document.activeElement.id") == f"visit-{visit.pk}"
    visit.refresh_from_db()
    assert visit.technician.name == there


def test_whoever_drops_what_changed_meanwhile_is_told(signed_in, shop, visit, other):
    page = signed_in
    page.route("**/board/changes*", lambda route: route.fulfill(status=304))  # this browser hears of nothing
    type(visit).objects.filter(pk=visit.pk).update(version=2)
    visit.booking.changes.create(shop=shop, at=timezone.now(), kind="corrected", by="call:x", detail={"fields": ["problem"]})
    drag(page, visit, other, 0)
    expect(page.locator("#board-toasts")).to_contain_text("Somebody changed the visit")
    expect(page.locator("#board-toasts")).to_contain_text("Corrected on the phone. Changed: problem.")
    assert stands(visit)[0] != other.pk


def test_in_a_week_a_visit_goes_to_another_day_by_keys(signed_in, shop, day, visit):
    page = signed_in
    page.keyboard.press("w")
    arrived(page, "#board[data-view=week]")
    page.focus(f"#visit-{visit.pk}")
    page.keyboard.press("m")
    step = -1 if day.weekday() == 4 and day - timedelta(days=1) > timezone.now().astimezone(shop.zone).date() else 1
    page.keyboard.press("ArrowLeft" if step < 0 else "ArrowRight")
    says = page.locator("#board-says")
    expect(says).to_contain_text("10:00")
    expect(page.locator(".bd-ghost")).to_have_attribute("data-verdict", re.compile("clear|overrule"))
    page.keyboard.press("Enter")
    ask = page.locator("#board-ask")
    expect(ask).to_contain_text("The promise to the customer becomes")
    ask.get_by_label("Text the customer the new window").uncheck()
    page.locator("#board-ask-go").click()
    expect(page.locator("#board-toasts")).to_contain_text("tell the customer")
    visit.refresh_from_db()
    assert visit.starts_at.astimezone(shop.zone).date() == day + timedelta(days=step)
    assert stands(visit)[1] == time(10)


def test_what_nobody_has_is_given_to_somebody_from_the_tray(signed_in, shop, visit, other):
    page = signed_in
    type(visit).objects.filter(pk=visit.pk).update(technician=None)
    card = page.locator(f"#bd-foot li[data-visit='{visit.pk}']")
    expect(card).to_contain_text("Ann First", timeout=4000)
    TimeOff.objects.create(shop=shop, technician=other, starts_at=visit.starts_at, ends_at=visit.ends_at)
    # By keys: refused by their time off, and left in the tray.
    says = page.locator("#board-says")
    card.locator("a").focus()
    page.keyboard.press("m")
    expect(says).to_contain_text("Ann First picked up: Nobody, in the tray.")
    names = [each.name for each in Technician.objects.filter(shop=shop).order_by("name", "pk")]
    for _ in range(names.index(other.name) + 1):
        page.keyboard.press("ArrowDown")
    expect(says).to_contain_text(f"{other.name}, 10:00 am. Against the rules. Time off from")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == f"visit-{visit.pk}"
    # By pointer: nothing is asked below the rows; in somebody's row the rules are.
    free = next(each for each in Technician.objects.filter(shop=shop).order_by("name", "pk") if each.pk != other.pk)
    begins, track = box(card), box(page.locator(f"#row-{free.pk} .bd-track"))
    hour = track["width"] / (int(page.locator("#board").get_attribute("data-seconds")) / 3600)
    page.mouse.move(begins["x"] + 20, begins["y"] + 8)
    page.mouse.down()
    page.mouse.move(begins["x"] + 40, begins["y"] + 6)
    ghost = page.locator(".bd-ghost")
    expect(ghost).to_be_hidden()
    page.mouse.move(track["x"] + 4 * hour + 12, track["y"] + track["height"] / 2, steps=8)
    expect(ghost).to_have_attribute("data-verdict", "clear")
    expect(ghost).to_contain_text("11:00 am")
    page.mouse.up()
    expect(page.locator("#board-toasts")).to_contain_text(f"moved to {free.name}")
    expect(page.locator(f"#row-{free.pk} #visit-{visit.pk}")).to_be_visible()
    expect(page.locator("#bd-foot")).to_contain_text("Every visit has somebody.")
    assert stands(visit) == (free.pk, time(11), False)


def test_an_empty_place_begins_a_new_booking_there(signed_in, visit, other):
    page = signed_in
    track = box(page.locator(f"#row-{other.pk} .bd-track"))
    hour = track["width"] / (int(page.locator("#board").get_attribute("data-seconds")) / 3600)
    page.mouse.click(track["x"] + 8.1 * hour, track["y"] + 6)  # a little after three: the axis begins at seven
    form = page.locator("#bh-form")
    expect(form.locator("[name=at]")).to_have_value("15:00")
    expect(form.locator("[name=technician]")).to_have_value(str(other.pk))
