"""Texts a technician about their own calendar: what is wrong, and the link by which they mend it where they can."""

from datetime import datetime

from django.conf import settings

from bookings.models import Technician
from bookings.services import messages
from calendars.models import CalendarConnection
from calendars.services import invitations


def lost(connection: CalendarConnection, what: str, *, now: datetime) -> None:
    """Tell that a calendar is lost, `what` without a full stop, with a link that connects it again.

    Once a call: whoever calls sees to it that a trouble is told once. Nothing for who has no number.
    """
    who = connection.technician
    if connection.kind == CalendarConnection.Kind.OAUTH and settings.GOOGLE_CLIENT_ID:
        if who.phone:
            invitations.invite(who, by="calendar", now=now, why=f"{what}. Connect it again")
    else:
        text(who, f"{what}. Please tell the office what you put into it meanwhile.", now=now)


def text(who: Technician, what: str, *, now: datetime) -> None:
    """Queue a text to a technician who has a number."""
    if who.phone:
        reason = f"calendar-trouble:{who.public_id}:{now:%Y%m%dT%H%M%S%f}"
        messages.queue(shop_id=who.shop_id, reason=reason, to=who.phone, body=f"{who.shop.name}: {what}", now=now)
