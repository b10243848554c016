"""An alarm goes out without a broker, and without a worker."""

import os
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings as at_hand
from django.db import connection
from django.utils import timezone

from hvacsched.celery import app
from telephony import tasks
from telephony.models import Alert
from telephony.watch import Watch
from tests.telephony.twilio.emergencies import FIRST, OWNER, crew, emergency

_RAISE = """
import sys, time, django
django.setup()
from django.utils import timezone
from telephony import alarms
from telephony.models import Alert
from telephony.signals import emergency_raised
from telephony.watch import watch
pk, began = int(sys.argv[1]), time.monotonic()
emergency_raised.send(None, emergency_id=pk)
assert time.monotonic() - began < 0.2, "whoever raised it was held up"
while Alert.objects.filter(channel="call").exclude(twilio_sid="").count() < 2:
    assert time.monotonic() - began < 30, "nobody was told"
    time.sleep(0.05)
print(f"told {time.monotonic() - began:.2f}")
alarms.acknowledge(pk, by="Fran", now=timezone.now())
assert watch.wait(8), "it is still watched over"
"""


@pytest.fixture
def raised(shop, vendors):
    now = timezone.now()
    crew(shop, now)
    return emergency(shop, now)


def told_after(raised, vendors, redis_url):
    """Raise it in a process of its own that has this broker; return after how many seconds people were told."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hvacsched.settings",
        "REDIS_URL": redis_url,
        "TWILIO_API_BASE_URL": f"{vendors.url}/twilio",
        "DATABASE_URL": at_hand_database(),
    }
    done = subprocess.run(
        [sys.executable, "-c", _RAISE, str(raised.pk)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return float(next(line for line in done.stdout.splitlines() if line.startswith("told ")).split()[1])


def at_hand_database():
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{base}/{connection.settings_dict['NAME']}"


def whom(vendors):
    return sorted(each["to"] for each in vendors.get("/_control/calls")["calls"])


@pytest.mark.long
@pytest.mark.processes
def test_without_a_broker_people_are_told_at_once(raised, vendors):
    assert told_after(raised, vendors, "redis://127.0.0.1:9/0") < 3
    assert whom(vendors) == sorted([FIRST, OWNER])


@pytest.mark.long
@pytest.mark.processes
def test_a_broker_without_a_worker_costs_seconds(raised, vendors):
    """The task lies in a queue that nobody reads."""
    url = f"{at_hand.REDIS_URL.rpartition('/')[0]}/9"
    assert 4 < told_after(raised, vendors, url) < 13
    assert whom(vendors) == sorted([FIRST, OWNER])


@pytest.mark.long
@pytest.mark.processes
def test_a_broker_that_says_nothing_costs_seconds(raised, vendors):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert told_after(raised, vendors, f"redis://127.0.0.1:{silent.getsockname()[1]}/0") < 25
    assert whom(vendors) == sorted([FIRST, OWNER])


def test_the_sweep_s_task_tells_people_through_a_queue_of_its_own(raised, vendors, settings):
    assert app.amqp.router.route({}, "telephony.tasks.alarm_tell")["queue"].name == "alarms"
    assert app.amqp.router.route({}, "telephony.tasks.alarm_sweep")["queue"].name == "alarms"
    assert app.amqp.router.route({}, "telephony.tasks.send_message")["queue"].name == "messages"
    tasks.alarm_tell(raised.pk)
    assert whom(vendors) == sorted([FIRST, OWNER])
    assert Alert.objects.count() == 4


def test_whoever_stops_watches_over_nothing_any_more(raised, vendors):
    watch = Watch()
    watch.over(raised.pk)
    assert not watch.wait(0.5)
    began = time.monotonic()
    assert watch.stop(10)
    assert time.monotonic() - began < 3  # and does not wait for its next look
    watch.over(raised.pk)
    assert not watch.wait(0.5)
    assert watch.stop(10)
