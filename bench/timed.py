"""Asks the product and the stand-in of Google over one connection each, and keeps how long things took."""

import json
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from bench.callers import HEADERS, tool_message
from bench.stack import Stack

Json = dict[str, Any]


@dataclass(slots=True)
class Timed:
    """Milliseconds, and what went wrong."""

    milliseconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def mean(self) -> float:
        return sum(self.milliseconds) / len(self.milliseconds) if self.milliseconds else float("nan")


@dataclass(slots=True)
class Desk:
    """Speaks to the product as Vapi does and to Google as a calendar's owner does. `noop` times the view that does nothing."""

    stack: Stack
    noop: Timed = field(default_factory=Timed)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def tool(self, name: str, arguments: Json, *, shop: str, call: str) -> Json:
        """Use a tool in a call to the shop of that number; return what the assistant is told."""
        message = tool_message(name, arguments, call=call)
        message["message"]["phoneNumber"] = {"number": shop}
        answer = self._http.post(f"{self.stack.url}/webhook/vapi", json=message, headers=HEADERS).raise_for_status()
        told: Json = json.loads(answer.json()["results"][0]["result"])
        return told

    def offers(self, day: date, *, shop: str, call: str) -> bool:
        """Say whether a caller is offered a repair on that day."""
        asked = {"serviceType": "repair", "requestedDate": day.isoformat(), "timeWindow": "morning"}
        slots = self.tool("checkAvailability", asked, shop=shop, call=call).get("slots", [])
        return any(slot["startsAt"].startswith(day.isoformat()) for slot in slots)

    def nothing(self) -> None:
        message, begun = tool_message("checkAvailability", {}, call="bench-noop"), time.perf_counter()
        self._http.post(f"{self.stack.url}/bench/noop", json=message, headers=HEADERS).raise_for_status()
        self.noop.milliseconds.append((time.perf_counter() - begun) * 1000)

    def write(self, calendar_id: str, event: Json) -> Json:
        """Make an event in Google's own app; return it."""
        body = {"calendarId": calendar_id, "event": event}
        made: Json = self._http.post(f"{self.stack.sandbox}/_control/events", json=body).raise_for_status().json()
        return made

    def delete(self, calendar_id: str, event_id: str) -> None:
        self._http.delete(f"{self.stack.sandbox}/_control/events/{calendar_id}/{event_id}").raise_for_status()

    def events(self) -> dict[str, Json]:
        """Every event that stands, by its id."""
        calendars = self._http.get(f"{self.stack.sandbox}/_control/events").raise_for_status().json()["calendars"]
        return {event["id"]: event for events in calendars.values() for event in events}

    def set(self, **settings: object) -> None:
        self._http.post(f"{self.stack.sandbox}/_control/settings", json=settings).raise_for_status()
