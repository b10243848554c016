"""What callers lived through and what was heard on the wire: written by the callers, judged at the end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# How a caller may end: each is somebody or something true to hear. What is not named here is silence.
PERSON, VOICEMAIL, TOLD = "person", "voicemail", "told"
STANDING = frozenset({"booked", "moved"})


@dataclass(slots=True)
class Heard:
    """One use of a tool. `sent` is the message's own time in ms; no answer at all has the state ""."""

    tool: str
    sent: int
    at: float
    phase: str
    tries: int
    state: str = ""
    body: Json = field(default_factory=dict)
    moved: bool = False  # the vendor has sent the call elsewhere meanwhile

    @property
    def answered(self) -> bool:
        return bool(self.state)

    @property
    def in_doubt(self) -> bool:
        """The desk says that it cannot see; that claims nothing, neither of now nor of before."""
        return self.state == "not_booked" and "can't see our schedule" in str(self.body.get("say", ""))


@dataclass(slots=True)
class Life:
    """One call. Times are of time.monotonic(). `ending` is how it ended for the caller, `lean` a driver's call of tools only."""

    number: int
    phone: str
    phase: str
    began: float
    lean: bool = False
    sid: str = ""
    vapi_id: str = ""
    first_twiml: float | None = None  # seconds until Twilio had something to play
    by_assistant: bool = False
    heard: list[str] = field(default_factory=list)
    uses: list[Heard] = field(default_factory=list)
    ending: str = ""
    served_by_person: bool = False
    left_message: bool = False
    at_fallback: int = 0  # how often Twilio had to take its fallback
    at_static: int = 0  # and the document that is hosted elsewhere
    gone_without_a_word: bool = False  # neither Twilio nor Vapi said that it ended
    ended: float = 0.0
    fault: str = ""  # a bug of this side, or an answer that no vendor could use

    @property
    def as_in_health(self) -> bool:
        """Handed to the assistant, every tool answered, and something booked or offered."""
        answered = self.uses and all(use.answered and not use.in_doubt for use in self.uses)
        return bool(answered) and (self.lean or (self.by_assistant and not self.at_fallback))

    @property
    def standing(self) -> dict[str, Heard]:
        """The bookings the caller was told of at last, by reference."""
        found: dict[str, Heard] = {}
        for use in self.uses:
            if use.state in STANDING:
                found[str(use.body["reference"])] = use
            elif use.state == "cancelled":
                found.pop(str(use.body["cancelledReference"]), None)
        return found

    def __str__(self) -> str:
        """The call in a few words, to be found again in the back office."""
        ways = [*(["assistant"] if self.by_assistant else []), *(use.state or "unanswered" for use in self.uses)]
        ways += [f"fallback {self.at_fallback}"] if self.at_fallback else []
        ways += [f"static {self.at_static}"] if self.at_static else []
        ways += [self.ending or "silence", *(["message left"] if self.left_message else [])]
        return f"{self.sid or self.vapi_id}: {', '.join(ways)}"

    @property
    def states(self) -> set[str]:
        return {use.state for use in self.uses}


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the run with one fault. `until` is when the fault was taken away, `over` when the next phase began."""

    name: str
    since: float
    until: float
    over: float
    drained: float | None


class Book:
    """All lives of a run and its phases; safe between threads."""

    def __init__(self) -> None:
        self.lives: list[Life] = []
        self.phases: list[Phase] = []
        self._phase = "before"
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    @property
    def phase(self) -> str:
        return self._phase

    def born(self, phone: str, *, lean: bool) -> Life:
        with self._lock:
            life = Life(len(self.lives) + 1, phone, self._phase, time.monotonic(), lean=lean)
            self.lives.append(life)
        return life

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Whatever begins or is heard meanwhile belongs to that phase."""
        before, self._phase = self._phase, name
        try:
            yield
        finally:
            self._phase = before

    def of(self, phase: str) -> list[Life]:
        with self._lock:
            return [life for life in self.lives if life.phase == phase]

    def uses(self, phase: str | None = None) -> list[Heard]:
        """Every use of a tool that was answered, of a phase or of the whole run."""
        with self._lock:
            lives = list(self.lives)
        return [use for life in lives for use in list(life.uses) if use.answered and phase in (None, use.phase)]

    def answers(self) -> int:
        return len(self.uses())
