"""Reads what somebody on call writes back to the shop's number."""

import re
from datetime import datetime, timedelta

from django.db.models import Q

from bookings.models import Shop
from telephony.alarms import ladder, rounds, words
from telephony.models import Alert, Emergency

YES = frozenset(
    {"1", "one", "ok", "okay", "k", "yes", "y", "yep", "taken", "take it", "i take it", "i'll take it", "got it", "i got it",
     "i have it", "on it", "im on it", "i'm on it", "mine", "on my way", "omw", "acknowledged", "ack"}
)  # fmt: skip
RECENT = timedelta(hours=12)
RAISED_AGAIN = "It was raised again since you were told. Whoever is told of it now can take it; nobody has it yet."


def answer(shop: Shop, *, number: str, said: str, at: datetime, now: datetime) -> str | None:
    """Take what this person was told of by the time they wrote, if they say so; return the sentence they are answered with.

    `at` is when their text first came here: one that is delivered again says nothing of what they were told since. None: they
    were told of nothing lately, and their text is anybody's.
    """
    latest = _latest(shop, number, at)
    if latest is None:
        return None
    yes = re.sub(r"[.!,\s]+", " ", said.casefold().replace("\u2019", "'")).strip() in YES
    waiting = ladder.told(shop.pk, number, at=at)
    if not yes:
        # A customer's number may be somebody's on call: what is no answer to an alarm that waits is a text like any other.
        return f"Nobody has this emergency yet. {words.TAKE_IT if len(waiting) == 1 else words.TAKE_THEM}" if waiting else None
    taken = [
        each
        for each in waiting
        if ladder.acknowledge(each.pk, by=latest.name, number=number, begun=rounds.begun(each.round), now=now)
    ]
    if taken:
        what = ", ".join(f"{each.get_danger_display().lower()} {each.phone or '(number withheld)'}" for each in taken[:3])
        return f"{latest.name}, it is yours: {what}."
    emergency = Emergency.objects.select_related("shop").get(pk=latest.emergency_id)
    if emergency.acknowledged_at is None:
        return RAISED_AGAIN if latest.round < rounds.begun(emergency.round) and emergency.released_at is None else None
    if rounds.has(emergency, number):
        return "It is yours already."
    return f"{words.taken(emergency)}."


def _latest(shop: Shop, number: str, at: datetime) -> Alert | None:
    """Return the last thing this person was told of within half a day before, or of what nobody has yet."""
    waits = Q(emergency__acknowledged_at=None, emergency__released_at=None)
    rows = Alert.objects.filter(waits | Q(created_at__gt=at - RECENT), shop=shop, number=number, created_at__lte=at)
    return rows.exclude(status=Alert.Status.DUE).order_by("-created_at", "-pk").first()
