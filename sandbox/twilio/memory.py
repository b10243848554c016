"""Twilio's messages, calls and recordings, and how they live on after the request: sent, delivered, answered, ended.

Each message and call has one task that walks its states in order and waits for each callback before the next.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from sandbox import clock
from sandbox.delivery import Delivery
from sandbox.settings import Settings
from sandbox.twilio.signing import signature

Json = dict[str, Any]
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")
FINAL_MESSAGE = ("delivered", "undelivered", "failed", "canceled")
SHOWN_PRIVATELY = "_"  # fields with this prefix are the sandbox's own


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


class Twilio:
    def __init__(self, settings: Settings, delivery: Delivery, token: str) -> None:
        self.token = token
        self.settings = settings
        self.messages: dict[str, Json] = {}
        self.calls: dict[str, Json] = {}
        self.recordings: dict[str, Json] = {}
        self.incoming: dict[str, Json] = {}  # the account's own numbers, as they are set up
        self.on_arrival: Callable[[Json], Coroutine[Any, Any, None]] | None = None  # a placed call reached one of them
        self.numbers: dict[str, Json] = {}  # how a number behaves: opted_out, error_code, answers
        self.on_change: Callable[[], None] = lambda: None
        self._delivery = delivery

    def behaviour(self, number: str) -> Json:
        return self.numbers.get(number, {})

    def resume(self) -> None:
        for message in self.messages.values():
            if message["status"] not in FINAL_MESSAGE:
                self._delivery.spawn(self._send(message))
        for call in self.calls.values():
            if call["status"] not in ENDED and call["direction"] == "outbound-api":
                self._delivery.spawn(self._ring(call))

    # -- messages

    def add_message(self, message: Json) -> None:
        self.messages[message["sid"]] = message
        self._delivery.spawn(self._send(message))

    async def set_message_status(self, message: Json, status: str, error_code: int | None = None) -> None:
        now = clock.rfc2822(clock.now())
        message |= {"status": status, "date_updated": now, "error_code": error_code}
        if status == "sent":
            message["date_sent"] = now
        self.on_change()
        form = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": message["account_sid"],
            "From": message["from"] or "",
            "To": message["to"],
            "ApiVersion": "2010-04-01",
        }
        if message["messaging_service_sid"]:
            form["MessagingServiceSid"] = message["messaging_service_sid"]
        if error_code is not None:
            form["ErrorCode"] = str(error_code)
        await self.callback(message.get("_status_callback"), "POST", form)

    async def _send(self, message: Json) -> None:
        step = self.settings.twilio_step_seconds
        if message["status"] == "scheduled":
            await asyncio.sleep(max(0, message["_send_at"] - clock.now()))
            if message["status"] != "scheduled":  # canceled meanwhile
                return
            await self.set_message_status(message, "queued")
        if message["status"] in ("accepted", "queued"):
            await asyncio.sleep(step)
            behaviour = self.behaviour(message["to"])
            if behaviour.get("opted_out"):
                await self.set_message_status(message, "failed", 21610)
                return
            await self.set_message_status(message, "sent")
        if message["status"] == "sent":
            await asyncio.sleep(step)
            error_code = self.behaviour(message["to"]).get("error_code")
            await self.set_message_status(message, "undelivered" if error_code else "delivered", error_code)

    # -- calls

    def add_call(self, call: Json) -> None:
        self.calls[call["sid"]] = call
        if call["direction"] == "outbound-api":
            self._delivery.spawn(self._ring(call))

    def spawn_redirect(self, call: Json, url: str, method: str) -> None:
        self._delivery.spawn(self._fetch_twiml(call, url, method))

    def spawn_end(self, call: Json, status: str) -> None:
        self._end(call, status)
        self._delivery.spawn(self._call_back(call, status))

    async def _ring(self, call: Json) -> None:
        step = self.settings.twilio_step_seconds
        if call["status"] == "queued":
            await self._call_back(call, "initiated")
            await asyncio.sleep(step)
            if not await self._advance(call, "queued", "ringing"):
                return
        await asyncio.sleep(step)
        outcome = self.behaviour(call["to"]).get("answers", "completed")
        if outcome != "completed":
            if call["status"] == "ringing":
                self._end(call, outcome)
                await self._call_back(call, outcome)
            return
        if call["status"] == "ringing":
            call["start_time"] = clock.rfc2822(clock.now())
            await self._advance(call, "ringing", "in-progress")
            if call["to"] in self.incoming and self.on_arrival is not None:
                self._delivery.spawn(self.on_arrival(call))
            if call.get("_url"):
                await self._fetch_twiml(call, call["_url"], call["_url_method"])
        await asyncio.sleep(self.settings.twilio_call_seconds)
        if call["status"] == "in-progress":
            self._end(call, "completed")
            await self._call_back(call, "completed")

    async def _advance(self, call: Json, before: str, after: str) -> bool:
        if call["status"] != before:
            return False
        call |= {"status": after, "date_updated": clock.rfc2822(clock.now())}
        self.on_change()
        await self._call_back(call, "answered" if after == "in-progress" else after, after)
        return True

    def _end(self, call: Json, status: str) -> None:
        now = clock.now()
        lasted = int(now - call["_began"]) if call["start_time"] else 0
        call |= {"status": status, "date_updated": clock.rfc2822(now), "end_time": clock.rfc2822(now)}
        call["duration"] = str(lasted)
        self.on_change()

    async def _call_back(self, call: Json, event: str, status: str | None = None) -> None:
        events = call.get("_status_events") or ["completed"]
        ended = event in ENDED
        if event not in events and not (ended and "completed" in events):
            return
        form = self.call_form(call, status or event) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call["_sequence"]),
            "Timestamp": clock.rfc2822(clock.now()),
        }
        if ended:
            form |= {"CallDuration": call["duration"], "Duration": str(-(-int(call["duration"]) // 60))}
        call["_sequence"] += 1
        await self.callback(call.get("_status_callback"), call.get("_status_method", "POST"), form)

    async def _fetch_twiml(self, call: Json, url: str, method: str) -> None:
        status, text = await self.callback(url, method, self.call_form(call, call["status"]))
        call["_twiml"] = text if status == 200 else call.get("_twiml")
        self.on_change()

    def call_form(self, call: Json, status: str) -> dict[str, str]:
        return {
            "CallSid": call["sid"],
            "AccountSid": call["account_sid"],
            "From": call["from"],
            "To": call["to"],
            "Caller": call["from"],
            "Called": call["to"],
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
            "Direction": call["direction"],
        }

    async def callback(self, url: str | None, method: str, form: dict[str, str]) -> tuple[int | None, str]:
        """Signed as Twilio signs; a GET carries everything in its query."""
        if not url:
            return None, ""
        if method == "GET":
            bare, _, fragment = url.partition("#")
            url = f"{bare}{'&' if '?' in bare else '?'}{urlencode(form)}" + (f"#{fragment}" if fragment else "")
        headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": str(uuid4())}
        headers["X-Twilio-Signature"] = signature(self.token, url, form if method == "POST" else {})
        return await self._delivery.send("twilio", method, url, headers=headers, form=form if method == "POST" else None)

    def empty(self) -> None:
        """In-flight tasks of what is gone find a final state and end."""
        for each in (*self.messages.values(), *self.calls.values()):
            each |= {"status": "canceled", "_status_callback": None}
        self.messages, self.calls, self.recordings, self.numbers = {}, {}, {}, {}

    def dump(self) -> Json:
        return {
            name: {key: dict(each) for key, each in getattr(self, name).items()}
            for name in ("messages", "calls", "recordings", "numbers", "incoming")
        }

    def load(self, kept: Json) -> None:
        for name in ("messages", "calls", "recordings", "numbers", "incoming"):
            setattr(self, name, kept.get(name, {}))


def public(each: Json) -> Json:
    return {key: value for key, value in each.items() if not key.startswith(SHOWN_PRIVATELY)}
