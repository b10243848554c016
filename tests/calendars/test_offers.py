"""A time that was offered, and an hour that closed in Google before it was booked."""

import pytest

from bookings.models import Visit
from tests.calendars.conftest import read, workday
from tests.calendars.test_pull import whole_day
from tests.telephony.vapi.speaking import ask

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"customerName": "Jane Doe", "address": "12 Main St, New York 10001", "serviceType": "repair"}


@pytest.mark.parametrize("named_by", ["slotId", "scheduledDate"])
def test_lesson_3_an_offer_is_no_proof_that_the_time_is_free(google, shop, connection, client, now, named_by):
    """Others believed the time in the request; here the hour closed after it was offered."""
    on = workday(now)
    slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": on.isoformat()})["slots"][0]
    assert slot["startsAt"].startswith(on.isoformat())
    google.write(whole_day(on))
    read(connection)
    wish = {"slotId": slot["slotId"]} if named_by == "slotId" else {"scheduledDate": slot["startsAt"]}
    told = ask(client, "bookAppointment", WHO | wish, tid="b")
    assert told["state"] == "offered"
    assert not any(each["startsAt"].startswith(on.isoformat()) for each in told["slots"])
    assert Visit.objects.count() == 0


def test_lesson_3_the_same_offer_is_booked_where_nothing_came_between(google, shop, connection, client, now):
    slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": workday(now).isoformat()})["slots"][0]
    told = ask(client, "bookAppointment", WHO | {"slotId": slot["slotId"]}, tid="b")
    assert (told["state"], told["scheduledDate"]) == ("booked", slot["startsAt"])
    assert Visit.objects.count() == 1
