"""What beat sends is there to be done, and does it."""

from datetime import time, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from bookings import tasks
from bookings.models import Booking, Offer
from bookings.services.asking import When
from hvacsched import demo
from hvacsched.celery import app
from tests.bookings.asking import hold
from tests.factories import a_shop


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=lambda entry: str(entry["task"]))
def test_every_scheduled_task_is_registered_and_expires_before_its_next_turn(entry):
    app.loader.import_default_modules()  # what a worker does as it starts
    assert entry["task"] in app.tasks
    assert entry["options"]["expires"] <= entry["schedule"]
    assert entry["options"]["queue"] == "sweeps"  # what looks for lost work does not stand behind the work


def test_every_queue_that_is_sent_to_is_worked_through():
    queues = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE, "sweeps"}
    assert queues == set(demo.QUEUES.split(","))
    for name in ("docker-compose.yml", "docs/going-live.md", "bench/stack.py"):
        assert demo.QUEUES in (settings.BASE_DIR / name).read_text(), name


def test_the_housekeeping_tasks_do_their_work(db):
    shop = a_shop()
    service = shop.servicetype_set.get(key="repair")
    long_ago = timezone.now() - timedelta(days=2)
    Offer.objects.create(
        shop=shop, slot_id="S-OLD", service_type=service, starts_at=long_ago, minutes=60, expires_at=long_ago
    )  # fmt: skip
    hold(shop, timezone.now() - timedelta(minutes=6), when=_soon())
    tasks.lapse_holds()
    tasks.settle_overbooked()
    tasks.sweep_old()
    assert Booking.objects.get().status == Booking.Status.LAPSED
    assert not Offer.objects.exists()


def _soon():
    """A weekday that lies ahead, whenever this runs."""
    day = timezone.now().date() + timedelta(days=3)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return When(day, time(9))
