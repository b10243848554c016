"""Whoever speaks of danger hears the script also where nothing can be looked up or written down."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from telephony.models import Danger
from telephony.safety import scripts
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, post, tool_message

GAS, SPARKS = "I smell gas in the basement", "saltan chispas del panel"
# Runs apart from pytest: there is no database where its settings say there is one.
SCRIPT = """
import json, sys, django
django.setup()
from django.test import Client
from tests.telephony.vapi.speaking import answers, post
print(json.dumps(answers(post(Client(raise_request_exception=False), json.load(sys.stdin)))))
"""


def of(danger, language="en"):
    return {"state": "emergency", "say": scripts.default(danger, language)}


@pytest.mark.processes
def test_without_a_database_danger_is_answered_with_its_script():
    message = tool_message(
        ("a", "bookAppointment", {"problem": GAS}),
        ("b", "checkAvailability", {"problem": SPARKS, "language": "es"}),
        ("c", "reportEmergency", {"danger": "carbon_monoxide"}),
        ("d", "checkAvailability", {"problem": "no heat"}),
    )
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        "DJANGO_SETTINGS_MODULE": "hvacsched.settings",
        "DATABASE_POOL_SIZE": "0",
        "HVACSCHED_ENV": "demo",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=json.dumps(message), env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert [{key: each[key] for key in ("state", "say")} for each in said[:3]] == [
        of(Danger.GAS), of(Danger.ELECTRIC, "es"), of(Danger.CARBON_MONOXIDE),
    ]  # fmt: skip
    assert said[3]["state"] == "not_booked"


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["bookings_servicetype", "telephony_emergencywords"])
def test_a_database_that_fails_on_the_way_leaves_nobody_without_an_answer(client, missing):
    a_shop(phone_number="+12125550100")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {missing} RENAME TO gone")
    client.raise_request_exception = False
    said = answers(post(client, tool_message(("a", "bookAppointment", {"problem": GAS}))))
    assert [{key: each[key] for key in ("state", "say")} for each in said] == [of(Danger.GAS)]
