"""No page of the desk has a serious fault that axe-core knows of, in light or dark."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Customer, Equipment, Lead, Property
from bookings.services import leads
from telephony.models import Call
from tests import axe
from tests.browser import PHONE
from tests.desk import shelf
from tests.desk.calls.test_call_page import event, played, tool
from tests.desk.test_conflicts_browser import concern
from tests.factories import a_shop

__all__ = ["concern"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What the colours of a page change; all else is the same in the dark.
COLOURS = ("color-contrast", "link-in-text-block")


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def addresses(shop, concern):
    """Every page, in a shop that has one of everything."""
    now, visit = timezone.now(), concern.visit
    call = played(shop, now - timedelta(hours=1))
    tool(call, 20, "checkAvailability", "offered", "We have nine or ten.", serviceType="repair")
    event(call, 12, "transcript", "caller", text="The furnace is out.")
    Call.objects.create(shop=shop, vapi_id="v-2", from_number="+12125550208", started_at=now - timedelta(seconds=40))
    emergency = shelf.danger(shop, now - timedelta(minutes=1))
    leads.keep(shop_id=shop.pk, origin="call:l", reason=Lead.Reason.NO_TIME, phone="+12125550209", wanted="No heat", now=now)
    day = visit.starts_at.astimezone(shop.zone).date()
    customer = visit.booking.customer
    Customer.objects.filter(pk=customer.pk).update(member=True, tags=["gate code"], do_not_service="Owes for two visits")
    place = Property.objects.get(customer=customer)
    place.units.create(shop=shop, kind=Equipment.values[0], brand="Carrier", created_at=now)
    return {
        "board, day": f"{reverse('board')}?day={day}",
        "board, week": f"{reverse('board')}?day={day}&view=week",
        "story": reverse("board-visit", args=[visit.pk]),
        "new booking": reverse("board-new"),
        "inbox": reverse("inbox"),
        "calls": reverse("calls"),
        "call": reverse("call", args=[call.pk]),
        "customers": reverse("customers"),
        "customer": reverse("customer", args=[customer.pk]),
        "conflicts": f"{reverse('admin:bookings_concern_changelist')}?calendar=open",
        "conflict": reverse("admin:bookings_concern_change", args=[concern.pk]),
        "emergency": reverse("admin:telephony_emergency_change", args=[emergency.pk]),
        "moving by the form": reverse("admin:bookings_visit_move", args=[visit.pk]),
        "technician": reverse("admin:bookings_technician_change", args=[visit.technician_id]),
        "calendars": reverse("calendar-login"),
        "account": reverse("account"),
        "two steps": reverse("account-two-step"),
    }


def lightness(page):
    """How light the page's ground is, 0 to 255."""
    return page.evaluate("""() => {
      const paint = document.createElement("canvas").getContext("2d");
      paint.fillStyle = getComputedStyle(document.body).backgroundColor;
      paint.fillRect(0, 0, 1, 1);
      return Math.max(...paint.getImageData(0, 0, 1, 1).data.slice(0, 3));
    }""")


def faults(page, name, address):
    """What is wrong with a page in the light, and what its colours do in the dark."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert page.goto(address).status == 200, name
    found = [f"{name}: {each}" for each in axe.serious(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # The back office looks at the system's colours as it loads only; pages outside of it follow by themselves.
    page.evaluate("document.documentElement.classList.add('dark')")
    page.wait_for_timeout(200)  # until what fades has its other colour
    assert lightness(page) < 100, f"{name} is not dark"
    return found + [f"{name}, dark: {each}" for each in axe.serious(page, rules=COLOURS)]


@pytest.mark.long
def test_no_page_has_a_serious_fault(page, sign_in, shop, concern, addresses):
    found = faults(page, "sign-in", reverse("admin:login")) + faults(page, "forgotten password", reverse("account-forgot"))
    sign_in(shelf.owner(shop))
    for name, address in addresses.items():
        found += faults(page, name, address)
    page.set_viewport_size(PHONE)
    for name in ("board, day", "inbox", "call", "customer"):
        found += faults(page, f"{name}, phone", addresses[name])
    sign_in(shelf.technician(shop, concern.technician))
    found += faults(page, "a technician's day, phone", reverse("mine"))
    assert not found, "\n".join(found)
