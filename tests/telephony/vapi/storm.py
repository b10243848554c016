"""Callers of one process in the storm: `python -m tests.telephony.vapi.storm SEED SECONDS THREADS`.

Each thread plays one call after another at random and prints a line of JSON a call: what the caller was told last of each
booking. Every request goes through the real endpoint; the database is the one in DATABASE_URL.
"""

import json
import os
import random
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import django

NUMBER = "+12125550100"


class Caller:
    """One call: asks, holds, books, moves, cancels, hangs up, in an order of its own."""

    def __init__(self, dice, days):
        self.dice = dice
        self.days = days
        self.call = f"storm-{uuid.uuid4()}"
        self.phone = f"+1212{dice.randrange(5_550_000, 5_559_999)}{dice.randrange(10)}"[:12]
        self.told = {}
        self.states = []
        self.uses = 0

    def use(self, tool, arguments, *, deliveries=1):
        from tests.telephony.vapi.speaking import answers, post, tool_message

        self.uses += 1
        message = tool_message((f"t{self.uses}", tool, arguments), call=self.call, caller=self.phone, at=datetime.now(UTC))
        if deliveries == 1:
            raw = [post(_client(), message)]
        else:
            with ThreadPoolExecutor(deliveries) as pool:
                raw = list(pool.map(lambda _: _apart(message), range(deliveries)))
        assert len({each.content for each in raw}) == 1, "one request, different answers"
        answer = answers(raw[0])[0]
        self.states.append(answer["state"])
        if answer["state"] in ("booked", "moved"):
            self.told[answer["reference"]] = answer["scheduledDate"]
        elif answer["state"] == "cancelled":
            self.told[answer["cancelledReference"]] = None
        return answer

    def play(self):
        from tests.telephony.vapi.speaking import post

        service = self.dice.choice(["repair", "repair", "maintenance", "installation"])
        offered = self.look(service)
        if offered and self.dice.random() < 0.5:
            self.use("holdSlot", {"slotId": self.dice.choice(offered)["slotId"]}, deliveries=self.dice.choice([1, 1, 2]))
        if offered and self.dice.random() < 0.8:
            self.book(service, offered)
        for _ in range(self.dice.randrange(3)):
            step = self.dice.random()
            if step < 0.4 and self.told:
                day = self.dice.choice(self.days)
                self.use(
                    "rescheduleAppointment",
                    {
                        "scheduledDate": f"{day}T{self.dice.randrange(8, 17):02d}:00",
                        "reference": self.dice.choice(list(self.told)),
                    },
                )
            elif step < 0.6 and self.told:
                self.use(
                    "cancelAppointment", {"reference": self.dice.choice(list(self.told))}, deliveries=self.dice.choice([1, 2])
                )
            else:
                again = self.look(service)
                if again:
                    self.book(service, again)
        if self.dice.random() < 0.7:
            ended = {
                "type": "end-of-call-report", "call": {"id": self.call}, "phoneNumber": {"number": NUMBER},
                "endedReason": "customer-ended-call", "artifact": {},
            }  # fmt: skip
            assert post(_client(), {"message": ended}).status_code == 200
        return {"call": self.call, "told": self.told, "states": self.states}

    def look(self, service):
        wish = {"serviceType": service, "requestedDate": self.dice.choice(self.days), "zip": self.dice.choice(ZIPS)}
        return self.use("checkAvailability", wish).get("slots", [])

    def book(self, service, offered):
        wish = {"customerName": "Storm Caller", "serviceType": service, "address": f"1 Main St {self.dice.choice(ZIPS)}"}
        if self.dice.random() < 0.7:
            wish["slotId"] = self.dice.choice(offered)["slotId"]
        else:
            wish["scheduledDate"] = f"{self.dice.choice(self.days)}T{self.dice.randrange(8, 17):02d}:00"
        self.use("bookAppointment", wish, deliveries=self.dice.choice([1, 1, 1, 3]))


ZIPS = ["10001", "10023", "11354", "10451", "10301"]


def _client():
    from django.test import Client

    return Client()


def _apart(message):
    from django.db import connection

    from tests.telephony.vapi.speaking import post

    try:
        return post(_client(), message)
    finally:
        connection.close()


def main(seed, seconds, threads):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hvacsched.settings")
    django.setup()
    from django.db import connection

    until = time.monotonic() + seconds
    today = datetime.now(UTC).date()
    days = [(today + timedelta(days=n)).isoformat() for n in range(3, 8)]
    printing = threading.Lock()

    def play_on(number):
        dice = random.Random(f"{seed}/{number}")
        try:
            while time.monotonic() < until:
                told = Caller(dice, days).play()
                with printing:
                    sys.stdout.write(json.dumps(told) + "\n")
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(play_on, number) for number in range(threads)]:
            done.result()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
