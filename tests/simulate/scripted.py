"""Plays scripts through the test client under a clock that stands still between deliveries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from hvacsched.simulate import signing
from hvacsched.simulate.scripts import player, rows, shop, stage, words
from tests.telephony.vapi.speaking import SECRET

NOW = "2026-11-24T14:00:00+00:00"  # Tuesday, nine in New York


class Line:
    """The test client, at the moment a delivery arrives. Copies at once come from threads of their own."""

    def __init__(self, traveller, began):
        self.traveller, self.began = traveller, began

    def __call__(self, sent, *, at, copies):
        self.traveller.move_to(self.began + timedelta(seconds=at))
        if copies == 1:
            return [self.post(sent)]
        with ThreadPoolExecutor(copies) as pool:
            return list(pool.map(lambda _: self.apart(sent), range(copies)))

    def post(self, sent):
        body, headers = signing.vapi(sent.number, SECRET, sent.body, round(timezone.now().timestamp() * 1000))
        content_type = headers.pop("Content-Type")
        answer = Client().post("/webhook/vapi", data=body, content_type=content_type, headers=headers)
        return answer.status_code, answer.content.decode(), 0.0

    def apart(self, sent):
        try:
            return self.post(sent)
        finally:
            connection.close()


def play(script, *, plan=player.as_written, promise_only=False):
    """Play a script at a fresh shop; return what was played, how many rows were looked at, what was wrong, and the picture."""
    began = datetime.fromisoformat(script.now or NOW).astimezone(UTC)
    with time_machine.travel(began, tick=False) as traveller:
        days = words.days_of(script.days, began.astimezone(shop.zone_of(script.shop)).date())
        with shop.scratch(script.shop, days) as place:
            where = stage.Place(shop=place.name, number=place.phone_number, zone=place.zone, days=days, began=began)
            played = player.play(script, where, Line(traveller, began), plan=plan)
            looked_at, wrong = rows.check(script, place, played)
            return played, looked_at, wrong, rows.picture(place, played, promise_only=promise_only)
