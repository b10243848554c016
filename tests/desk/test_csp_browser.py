"""The main pages in a real browser: the console fails the test at the first thing the policy refuses."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Technician
from desk.account import twostep
from tests.browser import PHONE
from tests.desk import shelf
from tests.desk.test_sign_in import code_at
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What the theme does with scripts is on these: a board, a list with filters and actions, forms with inlines and dates, a search.
PAGES = (
    "/board/", "/board/new/", "/inbox/", "/calls/", "/customers/", "/admin/", "/admin/bookings/booking/",
    "/admin/bookings/shop/", "/admin/bookings/technician/add/", "/admin/bookings/oncallturn/add/",
    "/admin/bookings/oncallturn/fill/", "/admin/bookings/timeoff/add/", "/admin/bookings/servicetype/add/",
    "/admin/telephony/call/", "/admin/bookings/staffmember/add/", "/oauth/login", "/account/", "/account/password/",
)  # fmt: skip


@pytest.fixture
def shop(live_server):
    return a_shop()


def sign_in(page, username):
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("demo-dispatcher")
    page.get_by_role("button", name="Sign in").click()


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def refusals(page):
    """Count what the policy refuses, beside the console: a report-only slip would be silent there."""
    page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation', "
        "(event) => window.refused.push(event.violatedDirective + ' ' + event.blockedURI));"
    )


def test_the_main_pages_break_no_policy(page, shop):
    shelf.owner(shop)
    refusals(page)
    sign_in(page, "olive")
    page.wait_for_url("**/board/")
    for url in PAGES:
        page.goto(url)
        page.wait_for_load_state("load")
        assert page.evaluate("window.refused") == [], url
    # The theme's scripts are alive: Alpine opens the menu, the list of services marks its rows.
    page.goto("/admin/bookings/servicetype/")
    page.locator("input.action-select").first.check()
    expect(page.locator("#changelist-actions")).to_be_visible()
    assert page.evaluate("window.refused") == []


def test_a_technician_signs_in_by_two_steps_on_the_phone(page, shop):
    technician = Technician.objects.filter(shop=shop).order_by("pk")[0]
    user = shelf.technician(shop, technician)
    page.set_viewport_size(PHONE)
    refusals(page)
    sign_in(page, "tex")
    page.wait_for_url("**/mine/")
    for url in ("/mine/", "/account/", "/account/two-step/", f"/oauth/technician/{technician.public_id}"):
        page.goto(url)
        assert page.evaluate("window.refused") == [], url
        assert sideways(page) <= 0, url
    page.goto("/account/two-step/")
    assert page.locator(".qr svg").bounding_box()["width"] > 150
    page.get_by_label("The code it shows now").fill(code_at(twostep.begun(user), timezone.now(), -1))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator("code").all_inner_texts()
    assert len(codes) == twostep.CODES
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "tex")
    page.get_by_label(re.compile("code")).fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/mine/")
    assert page.evaluate("window.refused") == []
