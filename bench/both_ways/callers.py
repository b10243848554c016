"""Callers, through the assistant's tools over HTTP: they book, correct, move and cancel, and believe what they are told."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx
from django.conf import settings

from bench.both_ways import log
from bench.both_ways.floor import Floor
from bench.both_ways.log import Act, Log, Told

Json = dict[str, Any]
_TROUBLED = "HTTP"


@dataclass(slots=True)
class Callers:
    """One telephone: a call after the other, each by somebody new or by somebody who has booked before."""

    floor: Floor
    log: Log
    dice: Random
    _http: httpx.Client = field(init=False)
    _booked: list[tuple[str, str]] = field(default_factory=list)  # number and reference
    _calls: int = 0

    def __post_init__(self) -> None:
        self._http = httpx.Client(timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def act(self) -> None:
        """One call."""
        if self._booked and self.dice.random() < 0.45:
            self._again(*self.dice.choice(self._booked))
        else:
            self._books()

    def _books(self) -> None:
        self._calls += 1
        # Nobody else has the number, whichever telephone of the run it is called from.
        phone = f"+1{self.dice.choice(('212', '332', '347', '646', '718', '917'))}{self.dice.randrange(2_000_000, 9_999_999)}"
        call = _Call(self, phone)
        service = self.dice.choice(("repair", "repair", "maintenance"))
        offered = call.use("checkAvailability", serviceType=service, requestedDate=self._day()).get("slots", [])
        wish: Json = {"customerName": "Pat Caller", "serviceType": service, "address": f"{self._calls} Main St, New York 10001"}
        if offered and self.dice.random() < 0.7:
            wish["slotId"] = self.dice.choice(offered)["slotId"]
        else:
            wish["scheduledDate"] = self._time()
        answer = call.use("bookAppointment", **wish)
        if answer["state"] != "booked":
            self.log.miss(f"caller: {answer['state']}")
            return
        self._booked.append((phone, answer["reference"]))
        if self.dice.random() < 0.2:  # says in the same call what it is about
            call.use("bookAppointment", **wish | {"problem": f"It rattles since {self._calls} days."})

    def _again(self, phone: str, reference: str) -> None:
        call = _Call(self, phone)
        if self.dice.random() < 0.65:
            call.use("rescheduleAppointment", reference=reference, scheduledDate=self._time())
        else:
            call.use("cancelAppointment", reference=reference)

    def _day(self) -> str:
        return self.dice.choice(self.floor.days).isoformat()

    def _time(self) -> str:
        return f"{self._day()}T{self.dice.randrange(8, 17):02d}:{self.dice.choice(('00', '30'))}"


class _Call:
    def __init__(self, callers: Callers, phone: str) -> None:
        self._callers, self._phone = callers, phone
        self._id = f"both-{secrets.token_hex(8)}"

    def use(self, tool: str, **arguments: Any) -> Json:
        """Use a tool, write down what was heard, and return the answer."""
        callers, began = self._callers, log.now()
        item = {"id": secrets.token_hex(6), "type": "function", "function": {"name": tool, "arguments": arguments}}
        who = {"number": self._phone}
        message = {
            "type": "tool-calls", "call": {"id": self._id, "customer": who}, "customer": who, "toolCallList": [item],
            "phoneNumber": {"number": callers.floor.shop.phone_number}, "timestamp": round(began.timestamp() * 1000),
        }  # fmt: skip
        headers = {"x-vapi-secret": settings.WEBHOOK_SECRETS[0]}
        reply = callers._http.post(f"{callers.floor.server}/webhook/vapi", json={"message": message}, headers=headers)
        if reply.status_code != 200:
            callers.log.wrong(f"{tool} was answered with HTTP {reply.status_code}")
            return {"state": f"{_TROUBLED} {reply.status_code}"}
        answer: Json = json.loads(reply.json()["results"][0]["result"])
        done = log.now()
        facts: Json = {key: answer[key] for key in ("reference", "scheduledDate", "cancelledReference") if key in answer}
        callers.log.add(Act("caller", f"{tool} {answer['state']}", began, done, facts=facts))
        if answer["state"] in ("booked", "moved"):
            callers.log.tell(answer["reference"], Told(done, datetime.fromisoformat(answer["scheduledDate"])))
        elif answer["state"] == "cancelled":
            callers.log.tell(answer["cancelledReference"], Told(done, None))
        return answer
