"""What the desk calls a call's outcome, and what the assistant's tools do, in a dispatcher's words; each with its tone."""

from dataclasses import dataclass

from bookings.models import Customer
from desk import words
from desk.people import known
from telephony.models import Call

LANGUAGES = {"en": "English", "es": "Spanish"}

Outcome = Call.Outcome
_TONES = {
    Outcome.BOOKED: "good", Outcome.MOVED: "good", Outcome.CANCELLED: "plain", Outcome.ANSWERED: "plain",
    Outcome.TRANSFERRED: "plain", Outcome.VOICEMAIL: "wait", Outcome.EMERGENCY: "bad", Outcome.FAILED: "bad",
    Outcome.SPAM: "quiet", Outcome.ABANDONED: "quiet",
}  # fmt: skip

TOOLS = {
    "checkAvailability": "Looked for times", "bookAppointment": "Booked", "scheduleHVACAppointment": "Booked",
    "scheduleAppointment": "Booked", "holdSlot": "Held a time", "rescheduleAppointment": "Moved an appointment",
    "cancelAppointment": "Cancelled an appointment", "findAppointments": "Looked up appointments",
    "takeMessage": "Took a message", "transferToHuman": "Put the caller through", "reportEmergency": "Reported danger",
}  # fmt: skip
# What a tool set out to do, for the answers that say it was not done.
_TRIED = {
    "checkAvailability": "Looked for times", "bookAppointment": "Tried to book", "scheduleHVACAppointment": "Tried to book",
    "scheduleAppointment": "Tried to book", "holdSlot": "Tried to hold a time", "rescheduleAppointment": "Tried to move",
    "cancelAppointment": "Tried to cancel", "transferToHuman": "Asked for a person",
}  # fmt: skip
STATES = {
    "offered": "times offered", "booked": "booked", "moved": "moved", "held": "held", "cancelled": "cancelled",
    "not_booked": "asked for something first", "office_will_call": "a call back is promised", "emergency": "safety words said",
    "found": "found", "not_found": "none found", "transferring": "on the way to a person",
}  # fmt: skip
_DONE = frozenset({"booked", "moved", "held", "cancelled", "transferring"})


def outcome(call: Call) -> tuple[str, str]:
    """Return what came of a call in words, and its tone: good, wait, bad, plain, quiet or live."""
    if call.outcome:
        return call.get_outcome_display(), _TONES.get(Outcome(call.outcome), "plain")
    return ("Under way", "live") if call.ended_at is None else ("Ended", "quiet")


def did(tool: str, state: str) -> tuple[str, str]:
    """Return what a tool did and what came of it: Looked for times, times offered; the latter "" where the first says it."""
    if state in _DONE:
        return TOOLS.get(tool, tool), ""
    return _TRIED.get(tool, TOOLS.get(tool, tool)), STATES.get(state, state.replace("_", " "))


def used(tool: str, state: str) -> str:
    """Return what a tool did in one line: Looked for times: times offered."""
    return ": ".join(filter(None, did(tool, state)))


def length(seconds: float) -> str:
    """Return a length of time as a clock shows it: 4:07."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


@dataclass(frozen=True, slots=True)
class InWords:
    """A call as the list and its own page say it; `people` are those who have its number."""

    call: Call
    people: list[Customer]

    @property
    def who(self) -> str:
        """The caller's name, or what stands in its place."""
        return known.names(self.people)

    @property
    def number(self) -> str:
        return words.phone(self.call.from_number, self.call.shop.country) if self.call.from_number else "Number withheld"

    @property
    def outcome(self) -> str:
        return outcome(self.call)[0]

    @property
    def tone(self) -> str:
        return outcome(self.call)[1]

    @property
    def length(self) -> str:
        """How long it was; "" while it goes on."""
        ended = self.call.ended_at
        return length((ended - self.call.started_at).total_seconds()) if ended is not None else ""

    @property
    def language(self) -> str:
        return LANGUAGES.get(self.call.language, "")
