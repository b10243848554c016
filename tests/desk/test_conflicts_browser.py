"""The conflict inbox on a telephone: found in the list, waited for, accepted, taken back."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import BusyBlock, Concern, Visit
from tests.browser import DESKTOP, PHONE
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def concern(shop):
    now = timezone.now()
    on = now.astimezone(shop.zone).date() + timedelta(days=1)
    while on.weekday() > 4:
        on += timedelta(days=1)
    visit = shelf.book(shop, now, on=on, at=time(9), name="Ann First").visits.get()
    technician = visit.technician
    technician.name = "Sam Rivera"
    technician.save(update_fields=["name"])
    calendar = shelf.connect(technician, now)
    shelf.mirror(
        visit, calendar, confirmed="present", pushed_version=1, pushed_starts_at=visit.starts_at, pushed_ends_at=visit.ends_at,
        moved_to="elsewhere",
    )  # fmt: skip
    to = datetime.combine(on, time(14), tzinfo=shop.zone)
    times = {"starts_at": to, "ends_at": to + timedelta(hours=2)}
    BusyBlock.objects.create(
        shop=shop, technician=technician, calendar_id=calendar.calendar_id, event_id=f"event{visit.pk}", **times
    )
    return Concern.objects.create(
        shop=shop, kind="event_moved", key=f"visit:{visit.pk}", created_at=now, visit=visit, booking=visit.booking,
        technician=technician, proposed_starts_at=times["starts_at"], proposed_ends_at=times["ends_at"],
        text=f"Sam Rivera moved visit {visit.booking.reference} in Google. It stands until you decide.",
    )  # fmt: skip


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_a_conflict_is_decided_on_a_telephone(page, sign_in, shop, concern):
    sign_in(shelf.dispatcher(shop))
    page.set_viewport_size(PHONE)
    page.goto("/admin/bookings/concern/?calendar=open")
    assert sideways(page) <= 0
    expect(page.get_by_text(concern.text).first).to_be_visible()
    page.goto(f"/admin/bookings/concern/{concern.pk}/change/")
    assert sideways(page) <= 0
    expect(page.get_by_role("link", name="Call Ann First")).to_have_attribute("href", "tel:+12125550201")
    page.get_by_label("What you wait for").fill("Left Ann a voicemail")
    page.get_by_role("button", name="Mark as waiting").click()
    expect(page.locator("body")).to_contain_text("Marked as waiting")
    expect(page.get_by_label("What you wait for")).to_have_value("Left Ann a voicemail")
    for box in page.locator(".desk-conflict ~ form .desk-button").all():
        assert box.bounding_box()["height"] >= 44
    page.set_viewport_size(DESKTOP)
    assert sideways(page) <= 0
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Accept: move the visit and text the customer").click()
    expect(page.locator("body")).to_contain_text("follows: Sam Rivera")
    assert sideways(page) <= 0
    assert Visit.objects.get().starts_at == concern.proposed_starts_at
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("body")).to_contain_text("is back with Sam Rivera")
    assert page.url.endswith(f"/concern/{concern.pk}/change/")
    assert Visit.objects.get().starts_at == concern.visit.starts_at
