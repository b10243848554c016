"""An emergency as the desk shows it: in red on every page while nobody has it, and on its own page step by step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from bookings.models import OutgoingMessage
from desk import navigation, words
from telephony.models import Alert, Emergency

Status, Message = Alert.Status, OutgoingMessage.Status
_CHANNELS: dict[str, str] = {
    Alert.Channel.TEXT: "Text to", Alert.Channel.CALL: "Call to", Alert.Channel.OVER: "Text that it is taken to",
}  # fmt: skip


def context(request: HttpRequest) -> dict[str, Callable[[], "navigation.Alarm | None"]]:
    """Give templates what nobody has taken yet; asked for only where it is shown."""

    def alarm() -> navigation.Alarm | None:
        user = getattr(request, "user", None)
        return navigation.open_items(request).alarm if user is not None and user.is_authenticated and user.is_staff else None

    return {"desk_alarm": alarm}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, when, and how it stands; `tone` colours it: bad, wait, good or nothing."""

    at: datetime
    what: str
    text: str = ""
    tone: str = ""

    @property
    def clock(self) -> str:
        local = timezone.localtime(self.at)
        return f"{local:%I:%M:%S} {local:%p}".lstrip("0").lower()


def lines(emergency: Emergency) -> list[Line]:
    """Return all that happened in an emergency, in order; two statements, however much it was."""
    return sorted(_lines(emergency), key=lambda line: line.at)


def _lines(emergency: Emergency) -> Iterator[Line]:
    for each in emergency.words.all():
        yield Line(each.at, f"{each.get_source_display()}: {each.get_danger_display().lower()}", each.text, "bad")
    if emergency.said_at is not None:
        yield Line(emergency.said_at, "The safety words were given to be spoken", tone="good")
    for alert in emergency.alerts.select_related("message").order_by("created_at", "pk"):
        how, tone = _how(alert)
        yield Line(alert.created_at, f"{_CHANNELS[alert.channel]} {alert.name}, round {alert.round}", how, tone)
    if emergency.acknowledged_at is not None:
        yield Line(emergency.acknowledged_at, f"Taken by {emergency.acknowledged_by}", tone="good")
    if emergency.gave_up_at is not None:
        yield Line(emergency.gave_up_at, "Nobody took it", "Nobody else is told.", "bad")
    if emergency.released_at is not None:
        yield Line(emergency.released_at, f"Safe again, says {emergency.released_by}", "The call may book again.", "good")


def _how(alert: Alert) -> tuple[str, str]:
    """Return how a step stands in words, and its tone."""
    if alert.status == Status.ACKNOWLEDGED:
        return "Took it", "good"
    if alert.status == Status.FAILED:
        return alert.note or "Failed", "bad"
    if alert.status == Status.UNANSWERED:
        return alert.note or "Not answered", "wait"
    if alert.channel != Alert.Channel.CALL:
        if alert.message is None:
            return "Waits, so that texts are a minute apart", "wait"
        arrived = alert.message.status in (Message.SENT, Message.DELIVERED)
        return alert.message.get_status_display(), "" if arrived else "wait"
    if alert.status == Status.TOLD:
        return ("Picked up, no key pressed" if alert.ended_at else "Picked up"), "wait"
    return ("Rings" if alert.twilio_sid else alert.note or "To be placed"), "wait"


def stands(emergency: Emergency) -> tuple[str, str]:
    """Return how an emergency stands: a key for its colour, and the words."""
    if emergency.released_at is not None:
        return "taken", f"Safe again, says {emergency.released_by}"
    if emergency.acknowledged_at is not None:
        return "taken", f"Taken by {emergency.acknowledged_by}"
    if emergency.gave_up_at is not None:
        return "nobody", "Nobody took it"
    return "waits", "Nobody has it yet"


def whom(emergency: Emergency) -> str:
    return words.phone(emergency.phone, emergency.shop.country) if emergency.phone else "Number withheld"
