"""A changed visit asks for its calendar at once, and a broker that is away costs nobody a booking."""

import os
import socket
import subprocess
import sys

import pytest
import redis
from django.conf import settings

from calendars.models import CalendarConnection
from tests.calendars.conftest import book
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)

_ASK = """
import time, django
django.setup()
from calendars import enqueue
for _ in range(2):
    started = time.monotonic()
    enqueue.push(1)
    print(f"{time.monotonic() - started:.3f}")
time.sleep(1)
"""


def queued():
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        return [str(message) for message in broker.lrange("calendar-writes", 0, -1)]


def test_a_booking_enqueues_its_technicians_calendar(google, shop, connection, now):
    assert later.wait(5)
    before = len(queued())
    book(shop, now)
    assert later.wait(5)
    messages = queued()
    assert len(messages) == before + 1
    assert "calendars.tasks.push_technician" in messages[0]
    for secret in (CalendarConnection.objects.get().access_token, "sam@example.com", "Jane"):
        assert secret not in messages[0]


@pytest.mark.parametrize("answers", [False, True])
def test_a_broker_that_is_away_or_silent_holds_nobody_up(answers):
    """`answers`: something accepts the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if answers else 9
        environment = {**os.environ, "REDIS_URL": f"redis://127.0.0.1:{port}/0", "DJANGO_SETTINGS_MODULE": "hvacsched.settings"}
        done = subprocess.run(
            [sys.executable, "-c", _ASK], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
    took = [float(line) for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert len(took) == 2
    assert max(took) < 0.2
    assert answers or "hint_failed" in done.stdout + done.stderr
