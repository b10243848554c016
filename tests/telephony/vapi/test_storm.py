"""Seconds of callers in several processes who hold, book, move and cancel at random, and a dispatcher among them.

STORM_SECONDS makes it longer; `make soak` has minutes of them.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, BookingChange, CrewMember, ServiceType, Shop, Technician, Visit
from bookings.services import appointments, dispatching, housekeeping, lifecycle, rosters
from bookings.services.dispatching import Move
from telephony.models import ToolInvocation
from tests.factories import a_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency, pytest.mark.processes, pytest.mark.long]
SECONDS = float(os.environ.get("STORM_SECONDS", "12"))
PROCESSES, THREADS = 2, 4


def test_everything_at_once():
    shop = a_shop(technicians=5, phone_number="+12125550100", hold_minutes=1, zip_code="10001", lead_minutes=0)
    install = ServiceType.objects.get(shop=shop, key="installation")
    ServiceType.objects.filter(pk=install.pk).update(days=2)
    CrewMember.objects.create(shop=shop, service_type=install)
    settings = connection.settings_dict
    address = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    callers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.telephony.vapi.storm", str(seed), str(SECONDS), str(THREADS)],
            env=os.environ | {"DATABASE_URL": address},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    dispatched = _dispatch(shop, callers)
    lines = []
    for caller in callers:
        out, errors = caller.communicate(timeout=60)
        assert caller.returncode == 0, errors[-2000:]
        lines += [json.loads(line) for line in out.splitlines()]
    states = Counter(state for line in lines for state in line["states"])
    assert min(states[each] for each in ("offered", "held", "booked", "moved", "cancelled")) > 0, states
    _check_rows()
    _check_told(lines, dispatched)
    housekeeping.lapse(now=datetime.now(UTC) + timedelta(minutes=2))
    assert not Visit.objects.filter(status=Visit.Status.HELD).exists()
    _check_rows()


def _dispatch(shop, callers):
    """Move, step and cancel visits at random while the callers call; return the references that were touched."""
    dice, touched = random.Random(7), set()
    until = time.monotonic() + SECONDS
    technicians = list(Technician.objects.values_list("pk", flat=True))
    while time.monotonic() < until and any(caller.poll() is None for caller in callers):
        time.sleep(0.05)
        visit = Visit.objects.filter(status=Visit.Status.ACTIVE).select_related("booking").order_by("?").first()
        if visit is None:
            continue
        roster = rosters.of(shop.pk, Shop.objects.values_list("config_version", flat=True).get(pk=shop.pk))
        touched.add(visit.booking.reference)
        try:
            match dice.randrange(6):
                case 0:
                    appointments.cancel(visit.booking_id, by="desk:dee", reason="storm", now=timezone.now())
                case 1:
                    lifecycle.step(visit.booking_id, Booking.Status.EN_ROUTE, by="desk:dee", now=timezone.now())
                    lifecycle.step(visit.booking_id, Booking.Status.BOOKED, by="desk:dee", now=timezone.now())
                case _:
                    starts_at = visit.starts_at + timedelta(minutes=30 * dice.randrange(-6, 7))
                    wish = Move(
                        visit_id=visit.pk, version=visit.version - (dice.random() < 0.1), technician_id=dice.choice(technicians),
                        starts_at=starts_at, by="desk:dee", despite=dice.random() < 0.5,
                    )  # fmt: skip
                    dispatching.move(roster, wish, now=timezone.now())
        except (RefusedError, TryAgainError):
            pass
    return touched


def _check_rows():
    """No overlap, no orphan, no lost history, whatever anybody was told."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bookings_visit a JOIN bookings_visit b ON a.id < b.id AND a.technician_id = b.technician_id"
            " AND a.blocked && b.blocked WHERE a.status IN ('held', 'active') AND b.status IN ('held', 'active')"
        )
        assert cursor.fetchone() == (0,)
    visits: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for number, status in Visit.objects.values_list("booking", "status"):
        visits[number][status] += 1
    changes = defaultdict(list)
    for number, kind in BookingChange.objects.order_by("id").values_list("booking", "kind"):
        changes[number].append(kind)
    for booking in Booking.objects.select_related("service_type"):
        wanted = booking.service_type.days * (1 + booking.service_type.crew.count())
        live = {name: visits[booking.pk][name] for name in ("held", "active")}
        match booking.status:
            case "booked" | "en_route":
                assert live == {"held": 0, "active": wanted}, booking
            case "held":
                # Whoever booked over a hold that ran out ended its visits; the hold itself ends with the next sweep.
                assert live["active"] == 0, booking
                assert booking.hold_expires_at is not None
                assert live["held"] in (0, wanted) or booking.hold_expires_at < timezone.now(), booking
            case _:
                assert live == {"held": 0, "active": 0}, booking
        kinds = changes[booking.pk]
        assert kinds[0] in ("booked", "held"), booking
        assert ("cancelled" in kinds) == (booking.status == "cancelled"), booking
        assert ("lapsed" in kinds) == (booking.status == "lapsed"), booking
        assert kinds.count("booked") == (booking.customer_id is not None), booking


def _check_told(lines, dispatched):
    """What each caller was told last of each booking is what stands, unless the dispatcher changed it meanwhile."""
    stored = {booking.reference: booking for booking in Booking.objects.all()}
    told = {reference: at for line in lines for reference, at in line["told"].items()}
    for reference, at in told.items():
        booking = stored[reference]
        if reference in dispatched:
            continue
        if at is None:
            assert booking.status == "cancelled", reference
        else:
            assert (booking.status, booking.promised_from) == ("booked", datetime.fromisoformat(at)), reference
    spoken = {reference for line in lines for reference in line["told"]}
    assert spoken == {booking.reference for booking in stored.values() if booking.customer_id is not None}
    assert ToolInvocation.objects.exclude(state__in=KNOWN).count() == 0


KNOWN = ["offered", "held", "booked", "moved", "cancelled", "not_booked", "office_will_call"]
