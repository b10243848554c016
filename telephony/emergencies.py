"""Notes danger that somebody spoke of, and ends it when a person says so. One row per origin; while it is in force nothing is
booked in its call.

Whoever notes holds the origin's lock, as whoever books does: a booking either stands before the danger was heard, or meets it.
"""

import hashlib
from datetime import datetime

import structlog
from django.db import transaction

from bookings.models import Concern, Lead
from bookings.services import concerns, leads, transactions
from telephony import alarms, safety
from telephony.models import Danger, Emergency, EmergencyWords
from telephony.safety import scripts
from telephony.signals import emergency_raised
from wire import rows

log = structlog.get_logger(__name__)
Source = Emergency.Source

# Here the script is the answer itself. Words that were overheard are answered by speaking into the call.
_ANSWERED = frozenset({Source.TOOL, Source.REPORT, Source.TEXT})


def note(
    *,
    shop_id: int,
    origin: str,
    call_id: int | None,
    phone: str,
    danger: Danger,
    text: str,
    source: Emergency.Source,
    at: datetime,
    now: datetime,
    language: str,
) -> Emergency:
    """Write down that danger was spoken of, and have people told; return the emergency as it stands then.

    Inside the caller's transaction, before it locks anything else. The same words a second time change nothing. An emergency
    gets graver, never less grave; of what is graver people are told anew once somebody has taken it, or nobody did in three
    rounds. One that a person released is raised anew by what the caller says or the assistant reports after that; words that
    come with a booking raise it only when they are graver.
    """
    with transaction.atomic():
        transactions.lock_origin(origin)
        found = Emergency.objects.select_for_update().filter(shop=shop_id, origin=origin).first()
        emergency = found or Emergency.objects.create(
            shop_id=shop_id, origin=origin, call_id=call_id, phone=phone, danger=danger, language=language, heard_at=at,
            script=scripts.of(shop_id, danger, language), phrases_version=safety.version(), next_step_at=now,
            **_to_say(source, now),
        )  # fmt: skip
        had = None
        if not _keep_words(emergency, danger, text, source, at):
            return emergency
        if found is not None and found.released_at is not None:
            if at <= found.released_at or (source == Source.TOOL and not safety.graver(danger, Danger(found.danger))):
                return found  # what is booked then has its cause among its words
            _raise_anew(found, now)
        elif found is not None and not safety.graver(danger, Danger(found.danger)):
            return found
        elif found is not None and (found.acknowledged_at is not None or found.gave_up_at is not None):
            had = alarms.again(found, now=now)  # what they took, or did not, was less grave
        if found is not None:
            _change(found, danger, source, now=now, language=language)
            if had is not None:
                alarms.also(found, had, now=now)
        _tell_office(emergency, now)
        transaction.on_commit(lambda: emergency_raised.send(sender=Emergency, emergency_id=emergency.pk))
    log.warning("emergency", emergency=emergency.pk, danger=emergency.danger, source=source, new=found is None)
    return emergency


def _to_say(source: Emergency.Source, now: datetime) -> dict[str, datetime | None]:
    """Return when the script is said: with the answer that is given now, into the call, or to nobody (a voicemail)."""
    return {"said_at": now if source in _ANSWERED else None, "say_at": now if source == Source.TRANSCRIPT else None}


def _keep_words(emergency: Emergency, danger: Danger, text: str, source: Emergency.Source, at: datetime) -> bool:
    # Twilio's deliveries carry no time of their own: for them `at` is when each arrived.
    moment = "" if source in (Source.TEXT, Source.VOICEMAIL) else at.isoformat()
    key = hashlib.sha256("\x1f".join([source, moment, text]).encode()).hexdigest()
    return rows.insert_unless_there(
        EmergencyWords(
            emergency=emergency, shop_id=emergency.shop_id, key=key, at=at, danger=danger, source=source, text=text[:4000]
        )
    )


def _raise_anew(emergency: Emergency, now: datetime) -> None:
    """Begin again with an emergency that a person had released: who is told starts with three rounds of their own."""
    emergency.released_at, emergency.released_by = None, ""
    alarms.again(emergency, now=now)


def _change(emergency: Emergency, danger: Danger, source: Emergency.Source, *, now: datetime, language: str) -> None:
    emergency.danger, emergency.language = danger, language
    emergency.script = scripts.of(emergency.shop_id, danger, language)
    emergency.phrases_version = safety.version()
    for name, value in _to_say(source, now).items():
        setattr(emergency, name, value)
    emergency.save()


def _tell_office(emergency: Emergency, now: datetime) -> None:
    what = emergency.get_danger_display()
    leads.keep(
        shop_id=emergency.shop_id, origin=emergency.origin, reason=Lead.Reason.EMERGENCY, phone=emergency.phone, now=now,
        wanted=f"Emergency: {what}. The safety words were the answer (phrases {emergency.phrases_version}).",
    )  # fmt: skip
    concerns.raise_once(
        Concern.Kind.EMERGENCY, emergency.origin,
        f"Somebody spoke of danger: {what}. The safety words were the answer and nothing was booked. Call back now.",
        shop_id=emergency.shop_id, now=now, origin=emergency.origin,
    )  # fmt: skip


def said(emergency_id: int, *, at: datetime) -> bool:
    """Write down that the script was given to be spoken; False when it had been already."""
    return bool(Emergency.objects.filter(pk=emergency_id, said_at=None).update(said_at=at, say_at=None))


def release(emergency_id: int, *, by: str, now: datetime) -> bool:
    """Let the call book again, because a person knows it to be safe; False when that was done already. They have it, then."""
    with transaction.atomic():
        emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
        if emergency is None or emergency.released_at is not None:
            return False
        emergency.released_at, emergency.released_by, emergency.say_at = now, by[:100], None
        emergency.save(update_fields=["released_at", "released_by", "say_at"])
        alarms.acknowledge(emergency_id, by=by, now=now)
    log.info("emergency_released", emergency=emergency_id)
    return True


def in_force(call_id: int) -> Emergency | None:
    """Return the emergency of a call that no person has released."""
    return Emergency.objects.filter(call=call_id, released_at=None).first()
