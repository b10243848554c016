"""A dispatcher at the desk of one shop, its owner, and a second shop they have nothing to do with."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.desk import shelf
from tests.factories import a_shop


@pytest.fixture(autouse=True)
def at_nine(request, now):
    """The clock stands at nine in the morning in New York, save for tests that drive a browser."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def other_shop(db):
    return a_shop(name="Other Air")


@pytest.fixture
def desk(client, shop):
    client.force_login(shelf.dispatcher(shop))
    return client


@pytest.fixture
def office(client, shop):
    """The owner, who also sets the shop up."""
    client.force_login(shelf.owner(shop))
    return client


@pytest.fixture
def day(shop):
    """A weekday that is not today."""
    on = timezone.now().astimezone(shop.zone).date() + timedelta(days=1)
    while on.weekday() > 4:
        on += timedelta(days=1)
    return on


@pytest.fixture
def signed_in(page, sign_in, shop, day):
    sign_in(shelf.dispatcher(shop))
    page.goto(f"/board/?day={day}")
    return page
