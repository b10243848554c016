"""The vendors' own side, as the sandbox keeps it: what Vapi calls a call, how calls go on there, faults, Google's events."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from hvacsched.simulate.errors import WrongError, must

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Vendors:
    """`sandbox` is its address without a slash at the end."""

    sandbox: str
    vapi: str
    vapi_key: str
    http: httpx.Client
    greetings: dict[str, str] = field(default_factory=dict)

    def vapi_id_of(self, sid: str) -> str:
        """Return Vapi's id of the call the product asked for, found by what it told Vapi about it."""
        answer = self.http.get(f"{self.vapi}/call?limit=1000", headers={"Authorization": f"Bearer {self.vapi_key}"})
        must(answer.status_code == 200, f"Vapi's list of calls: {answer.status_code}")
        for call in answer.json():
            if ((call.get("assistantOverrides") or {}).get("metadata") or {}).get("twilio_call_sid") == sid:
                return str(call["id"])
        raise WrongError("Vapi never heard of the call")

    def greeting_of(self, assistant_id: str) -> str:
        """Return the first words of an assistant as it stands at Vapi; "" where it has none."""
        if assistant_id not in self.greetings:
            answer = self.http.get(f"{self.vapi}/assistant/{assistant_id}", headers={"Authorization": f"Bearer {self.vapi_key}"})
            body = answer.json() if answer.status_code == 200 else {}
            self.greetings[assistant_id] = str(body.get("firstMessage") or "")
        return self.greetings[assistant_id]

    def call_begins(self, sid: str, *, account: str, caller: str, called: str) -> None:
        """Let Twilio know the call, so that the product may transfer it."""
        call = {"sid": sid, "from": caller, "to": called, "account_sid": account, "status": "in-progress"}
        self._control("POST", "calls", call)

    def moved_to(self, sid: str) -> str:
        """Return the TwiML that the product last moved the call by; "" when it did not."""
        updates: list[Json] = self._control("GET", f"calls/{sid}")["updates"]
        return str(updates[-1]["twiml"] or "") if updates else ""

    def refuses_to_move(self, sid: str, *, account: str) -> None:
        """Have Twilio fail once when it is asked to move this call."""
        path = f"/2010-04-01/Accounts/{account}/Calls/{sid}.json"
        self._control("POST", "faults", {"service": "twilio", "path": path, "method": "POST", "status": 503, "count": 1})

    def call_ends(self, sid: str, vapi_id: str, *, reason: str) -> None:
        self._control("POST", f"calls/{sid}", {"status": "completed"})
        if vapi_id:
            self._control("POST", f"calls/{vapi_id}", {"status": "ended", "endedReason": reason})

    def recording(self, sid: str, *, seconds: int) -> str:
        """Leave a message on the call's line; return the recording's sid."""
        return str(self._control("POST", "recordings", {"call_sid": sid, "duration": seconds})["sid"])

    def events(self) -> dict[str, list[Json]]:
        """Return the live events by calendar, as Google has them."""
        calendars: dict[str, list[Json]] = self._control("GET", "events")["calendars"]
        return calendars

    def texts(self) -> list[Json]:
        """Return all texts that Twilio was given."""
        found: list[Json] = self._control("GET", "messages")["messages"]
        return found

    @contextmanager
    def vapi_down(self, calls: int) -> Iterator[None]:
        """Have Vapi refuse that many calls; other faults stay as they are.

        At its limit, and not out of order: that would open the product's breaker for the calls that come after.
        """
        ours = {"service": "vapi", "path": "/call", "method": "POST", "status": 429, "count": calls}
        self._control("POST", "faults", ours)
        try:
            yield
        finally:
            left = self._control("GET", "faults")["faults"]
            key = (ours["service"], ours["path"], ours["method"])
            if any((each["service"], each["path"], each["method"]) == key for each in left):
                self._control("POST", "faults", {"clear": True})
                for each in left:
                    if (each["service"], each["path"], each["method"]) != key:
                        self._control("POST", "faults", {name: value for name, value in each.items() if value is not None})

    def _control(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            answer = self.http.request(method, f"{self.sandbox}/_control/{path}", json=body)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise WrongError(f"the sandbox: {type(error).__name__} at /_control/{path.partition('/')[0]}") from error
        found: Json = answer.json()
        return found
