"""Vapi's assistants, phone numbers and calls of one organisation."""

from typing import Any
from uuid import uuid4

from sandbox import clock
from sandbox.settings import Settings

Json = dict[str, Any]
ORGANISATION = "c5e63a82-371d-4063-9d0f-704fc17b1d07"
LIVE = ("queued", "ringing", "in-progress", "forwarding")


class Vapi:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.calls: dict[str, Json] = {}
        self.commands: dict[str, list[Json]] = {}  # by call: what was said into it and asked of it while it ran
        self.assistants: dict[str, Json] = {}
        self.numbers: dict[str, Json] = {}

    def stamped(self, body: Json, object_id: str | None = None) -> Json:
        """A stored object: what was sent, and what Vapi adds."""
        now = clock.iso_ms(clock.now())
        return body | {"id": object_id or str(uuid4()), "orgId": ORGANISATION, "createdAt": now, "updatedAt": now}

    def set_up(self, assistant_id: str | None, number_id: str | None) -> None:
        """What the account already has: an assistant yet to be filled, a number yet to be pointed at it."""
        if assistant_id and assistant_id not in self.assistants:
            self.assistants[assistant_id] = self.stamped({"name": "New Assistant"}, assistant_id)
        if number_id and number_id not in self.numbers:
            number = {"provider": "twilio", "number": "+12125550100", "name": "Imported number", "status": "active"}
            self.numbers[number_id] = self.stamped(number, number_id)

    def active_calls(self) -> int:
        return sum(call["status"] in LIVE for call in self.calls.values())

    def change(self, kept: dict[str, Json], object_id: str, change: Json) -> Json:
        kept[object_id] = kept[object_id] | change | {"updatedAt": clock.iso_ms(clock.now())}
        return kept[object_id]

    def empty(self) -> None:
        """Assistants and numbers are the account's set-up and stay."""
        self.calls, self.commands = {}, {}

    def dump(self) -> Json:
        kept = {name: dict(getattr(self, name)) for name in ("calls", "assistants", "numbers")}
        return kept | {"commands": {call: list(each) for call, each in self.commands.items()}}

    def load(self, kept: Json) -> None:
        self.calls, self.assistants, self.numbers = kept["calls"], kept["assistants"], kept["numbers"]
        self.commands = kept.get("commands", {})
