"""A finger on the board: resting on a card it picks it up, before that it scrolls, and a tap opens the story."""

from datetime import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Technician
from tests.browser import PHONE, TABLET
from tests.desk import shelf
from tests.desk.test_browser import sideways
from tests.factories import TechnicianFactory, a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HELD = 450  # milliseconds, a little longer than it takes
on_a = lambda viewport: pytest.mark.parametrize("page", [{"has_touch": True, "viewport": viewport}], indirect=True)  # noqa: E731


@pytest.fixture
def shop(live_server):
    shop = a_shop()
    TechnicianFactory.create_batch(12, shop=shop)
    return shop


@pytest.fixture
def visit(signed_in, shop, day):
    found = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    expect(signed_in.locator(f"#visit-{found.pk}")).to_be_visible(timeout=4000)
    return found


@pytest.fixture
def other(shop, visit):
    """Whose row stands next to that of the visit."""
    team = list(Technician.objects.filter(shop=shop).order_by("name", "pk"))
    n = [each.pk for each in team].index(visit.technician_id)
    return team[n + 1 if n + 1 < len(team) else n - 1]


class Finger:
    """One finger on the glass, as the browser hears of it from the machine."""

    def __init__(self, page):
        self.page, self.line = page, page.context.new_cdp_session(page)

    def _send(self, kind, *points):
        self.line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    def down(self, x, y, rests=0):
        self.x, self.y = x, y
        self._send("touchStart", (x, y))
        self.page.wait_for_timeout(rests)

    def to(self, x, y, steps=8):
        for n in range(1, steps + 1):
            self._send("touchMove", (self.x + (x - self.x) * n / steps, self.y + (y - self.y) * n / steps))
        self.x, self.y = x, y

    def up(self):
        self._send("touchEnd")


def middle(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + min(20, box["width"] / 2), box["y"] + box["height"] / 2


def card(page, visit):
    """The visit's card, in the middle of the screen: what is carried to the edge makes the board scroll on."""
    found = page.locator(f"#visit-{visit.pk}")
    found.evaluate("(each) => each.scrollIntoView({ block: 'center' })")
    return found


@on_a(TABLET)
def test_on_a_tablet_a_card_that_is_rested_on_is_carried(signed_in, shop, visit, other):
    page, finger = signed_in, Finger(signed_in)
    x, y = middle(card(page, visit))
    hour = page.locator(f"#row-{other.pk} .bd-track").bounding_box()["width"]
    hour /= int(page.locator("#board").get_attribute("data-seconds")) / 3600
    finger.down(x, y, rests=HELD)
    ghost = page.locator(".bd-ghost")
    expect(ghost).to_be_visible()
    finger.to(x + hour, middle(page.locator(f"#row-{other.pk} .bd-who"))[1])
    expect(ghost).to_have_attribute("data-verdict", "clear")
    expect(ghost).to_contain_text("11:00 am")
    finger.up()
    expect(page.locator("#board-toasts")).to_contain_text(f"moved to {other.name}")
    visit.refresh_from_db()
    assert (visit.technician_id, visit.starts_at.astimezone(shop.zone).time()) == (other.pk, time(11))
    expect(page.locator("#board-panel")).to_be_hidden()


@on_a(TABLET)
def test_before_that_it_scrolls_and_a_tap_opens_the_story(signed_in, visit):
    page, finger = signed_in, Finger(signed_in)
    x, y = middle(card(page, visit))
    where = "document.getElementById('bd-sheet').scrollTop + document.scrollingElement.scrollTop"
    before = page.evaluate(where)
    finger.down(x, y)
    finger.to(x, y + (120 if before else -120))
    page.wait_for_timeout(HELD)
    assert page.locator(".bd-ghost").count() == 0
    finger.up()
    assert page.evaluate(where) != before
    page.touchscreen.tap(*middle(card(page, visit)))
    expect(page.locator("#board-panel")).to_contain_text("Ann First")
    visit.refresh_from_db()
    assert visit.version == 1


@on_a(PHONE)
def test_on_a_phone_it_goes_to_somebody_else_at_its_time(signed_in, shop, visit, other):
    page, finger = signed_in, Finger(signed_in)
    x, y = middle(card(page, visit))
    finger.down(x, y, rests=HELD)
    ghost = page.locator(".bd-ghost")
    expect(ghost).to_contain_text("Where it is")
    finger.to(x, middle(page.locator(f"#row-{other.pk} .bd-who"))[1])
    expect(ghost).to_have_attribute("data-verdict", "clear")
    expect(ghost).to_contain_text("10:00 am")
    finger.up()
    expect(page.locator("#board-toasts")).to_contain_text(f"moved to {other.name}")
    visit.refresh_from_db()
    assert (visit.technician_id, visit.starts_at.astimezone(shop.zone).time()) == (other.pk, time(10))
    assert sideways(page) <= 0
