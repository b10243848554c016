"""What comes before what; and that nothing is left without a place."""

from datetime import timedelta

from bookings.models import Concern
from desk.inbox import order
from tests.desk import shelf as rows
from tests.desk.inbox.shelf import HOUR, Kind, concern, failed_text, ids, late, late_key, lead, shown


def test_every_kind_of_concern_has_a_place():
    placed = {sort for group in order.GROUPS for sort in group.sorts}
    assert {f"concern:{kind}" for kind in Concern.Kind.values} <= placed
    assert order.group("concern:something_new") is order.OTHER


def test_all_that_waits_stands_in_the_order_of_urgency(desk, shop, now):
    _, failed = failed_text(shop, now)
    address = concern(shop, now, Kind.ADDRESS)
    line = concern(shop, now, Kind.LINE_BROKEN)
    over = late(shop, now, ends=-HOUR)
    calendar = concern(shop, now, Kind.CALENDAR_BROKEN)
    fee = concern(shop, now, Kind.FEE_NOT_TOLD)
    unbooked = concern(shop, now, Kind.NOT_BOOKED)
    busy = concern(shop, now, Kind.BUSY_OVER_VISIT)
    deleted = concern(shop, now, Kind.EVENT_DELETED)
    second = lead(shop, now, origin="call:2")
    first = lead(shop, now - HOUR, origin="call:1")
    urgent = lead(shop, now, origin="call:3", urgent=True)
    taken = rows.danger(shop, now - HOUR, origin="call:4", acknowledged_at=now, acknowledged_by="Fran")
    nobody = rows.danger(shop, now, origin="call:5")
    assert ids(shown(desk)) == [
        f"emergency-{nobody.pk}", f"emergency-{taken.pk}", f"lead-{urgent.pk}", f"lead-{first.pk}", f"lead-{second.pk}",
        f"concern-{deleted.pk}", f"concern-{busy.pk}", f"concern-{unbooked.pk}", f"concern-{fee.pk}", f"concern-{calendar.pk}",
        f"late-{late_key(over)}", f"concern-{failed.pk}", f"concern-{line.pk}", f"concern-{address.pk}",
    ]  # fmt: skip
    bands = [(band.group.key, band.count) for band in shown(desk).context["inbox"].bands]
    assert bands == [
        ("emergencies", 2), ("leads", 3), ("conflicts", 2), ("promises", 2), ("calendars", 1), ("late", 1), ("messages", 1),
        ("line", 1), ("addresses", 1),
    ]  # fmt: skip


def test_an_emergency_is_one_thing_and_what_came_of_it_comes_up_once_it_is_over_and_nobody_closed_it(desk, shop, now):
    emergency = rows.danger(shop, now, origin="call:5")
    called = lead(shop, now, origin="call:5", reason="emergency")
    told = concern(shop, now, Kind.EMERGENCY, "call:5", origin="call:5")
    nobody = concern(shop, now, Kind.UNACKNOWLEDGED, f"emergency:{emergency.pk}", origin="call:5")
    assert ids(shown(desk)) == [f"emergency-{emergency.pk}"]
    type(emergency).objects.update(released_at=now)
    assert ids(shown(desk)) == [f"concern-{nobody.pk}", f"concern-{told.pk}", f"lead-{called.pk}"]


def test_a_visit_is_late_from_a_quarter_of_an_hour_before_its_window_ends_until_somebody_is_on_site(desk, shop, now):
    booking = late(shop, now, ends=timedelta(minutes=16))
    assert ids(shown(desk)) == []
    promised = now + timedelta(minutes=15)
    type(booking).objects.update(promised_to=promised)
    booking.refresh_from_db()
    item = shown(desk).context["inbox"].bands[0].shown[0].item
    assert (item.id, item.title) == (f"late-{late_key(booking)}", "Window about to end, nobody on site")
    for status, waits in (("en_route", 1), ("on_site", 0), ("done", 0), ("cancelled", 0), ("booked", 1)):
        type(booking).objects.update(status=status)
        assert len(ids(shown(desk))) == waits, status
    type(booking).objects.update(promised_from=now - timedelta(hours=74), promised_to=now - timedelta(hours=71, minutes=59))
    assert len(ids(shown(desk))) == 1
    type(booking).objects.update(promised_to=now - timedelta(hours=72))
    assert ids(shown(desk)) == []
