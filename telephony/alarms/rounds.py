"""The rounds of an emergency: three each time it is raised, and who was told in those that run now."""

from datetime import datetime

from django.db.models import F, Q

from bookings.models import OutgoingMessage
from telephony.models import Alert, Emergency

EACH_TIME = 3  # in all: those of one that is raised anew are 4 to 6, and so on
Channel, Status, Message = Alert.Channel, Alert.Status, OutgoingMessage.Status

# Of alerts: those since their emergency was last raised.
CURRENT = Q(round__gt=(F("emergency__round") - 1) / EACH_TIME * EACH_TIME)


def first_round(after: int) -> int:
    """Return the first of the three rounds that follow when an emergency is raised anew, `after` being the last one told."""
    return -(-after // EACH_TIME) * EACH_TIME + 1


def begun(round_: int) -> int:
    """Return the round with which the three of a round began."""
    return (round_ - 1) // EACH_TIME * EACH_TIME + 1


def told(at: datetime) -> Q:
    """Name the alerts that had reached their person by then: texts that Twilio has, or may have, and calls that were answered."""
    away = Q(message__status__in=[Message.SENDING, Message.UNKNOWN, Message.SENT, Message.DELIVERED])
    when = Q(message__sent_at=None, placed_at__lte=at) | Q(message__sent_at__lte=at)
    answered = Q(channel=Channel.CALL, status__in=[Status.TOLD, Status.ACKNOWLEDGED], placed_at__lte=at)
    return (Q(channel=Channel.TEXT) & away & when) | answered


def has(emergency: Emergency, number: str) -> bool:
    """Say whether it is the person of a number who has an emergency, as it was last raised."""
    return emergency.alerts.filter(CURRENT, number=number, status=Status.ACKNOWLEDGED).exists()
