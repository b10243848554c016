"""Whom a caller is put through to: the ladder, written down once, and what became of each person's turn.

Everything here may happen twice and late: a turn begins once, is taken once and ends once, and what it ended with stays.
"""

from datetime import datetime

from django.db import connection, transaction

from bookings.services import customers, oncall
from telephony.models import Call, Ring

Status = Ring.Status
# A person who took the call and was gone within this many seconds has not spoken with the caller.
SHORTEST_TALK = 3


def begin(call: Call, step: int, *, now: datetime) -> Ring | None:
    """Return the turn of that step, which rings from now on if it did not before; None after the last one."""
    turn = _planned(call, step, now).get(step)
    if turn is not None and turn.status == Status.PLANNED:
        Ring.objects.filter(pk=turn.pk, status=Status.PLANNED).update(status=Status.RINGING, rang_at=now)
        turn.refresh_from_db()
    return turn


def take_back(turn: Ring) -> None:
    """The turn did not begin after all: the call could not be moved to it."""
    Ring.objects.filter(pk=turn.pk, status=Status.RINGING, answered_at=None, ended_at=None).update(
        status=Status.PLANNED, rang_at=None
    )


def of(ring_id: int) -> Ring | None:
    """Return a turn with its call and shop."""
    return Ring.objects.select_related("call__shop").filter(pk=ring_id).first()


def at(call: Call, step: int) -> Ring | None:
    return Ring.objects.filter(call=call, step=step).first()


def picked_up(turn: Ring, *, now: datetime) -> None:
    """Somebody or something picked up, and hears what it is about."""
    Ring.objects.filter(pk=turn.pk, answered_at=None, ended_at=None).update(answered_at=now)


def accept(turn: Ring, *, now: datetime) -> bool:
    """The key was pressed. False when the turn is over: the caller went on or hung up meanwhile."""
    Ring.objects.filter(pk=turn.pk, accepted_at=None, ended_at=None).update(status=Status.ACCEPTED, accepted_at=now)
    return Ring.objects.filter(pk=turn.pk, accepted_at__isnull=False, ended_at=None).exists()


def end(turn: Ring, *, bridged: bool, seconds: int | None, now: datetime) -> bool:
    """End a turn and say whether person and caller spoke with each other; the first word on it stays.

    `bridged`: Twilio connected the two lines. `seconds`: how long the person's line was open, with what they heard before.
    """
    talked = bridged and turn.accepted_at is not None and _talk(turn, seconds, now) >= SHORTEST_TALK
    Ring.objects.filter(pk=turn.pk, ended_at=None).update(
        ended_at=now, status=Status.ACCEPTED if talked else Status.UNANSWERED
    )  # fmt: skip
    turn.refresh_from_db()
    return turn.status == Status.ACCEPTED


def _talk(turn: Ring, seconds: int | None, now: datetime) -> float:
    """Return the seconds from the key to the end: by Twilio's count of the line less the summary, else by our clock."""
    assert turn.accepted_at is not None
    if seconds is None:
        return (now - turn.accepted_at).total_seconds()
    heard = (turn.accepted_at - turn.answered_at).total_seconds() if turn.answered_at else 0.0
    return seconds - heard


def _planned(call: Call, step: int, now: datetime) -> dict[int, Ring]:
    """Return the call's ladder by step, written down with that step ringing if it was not: two deliveries at once make one."""
    # The call is nearly always new to the ladder at its first step, and nobody looks in vain then.
    turns = list(Ring.objects.filter(call=call)) if step else []
    if not turns:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM telephony_call WHERE id = %s FOR NO KEY UPDATE", [call.pk])
            turns = list(Ring.objects.filter(call=call)) or Ring.objects.bulk_create(_ladder(call, step, now))
    return {turn.step: turn for turn in turns}


def _ladder(call: Call, ringing: int, now: datetime) -> list[Ring]:
    """Return who is reached now, in order, one of them ringing. Whoever calls is not rung back at the same time."""
    found = [(each, customers.caller_number(each.number)) for each in oncall.to_ring(call.shop, now)]
    people = [(each, number) for each, number in found if number != call.from_number]
    return [
        Ring(
            call=call,
            shop_id=call.shop_id,
            step=step,
            person_id=each.person_id,
            name=each.name,
            number=number,
            rung=each.rung,
            **({"status": Status.RINGING, "rang_at": now} if step == ringing else {}),
        )
        for step, (each, number) in enumerate(people)
    ]
