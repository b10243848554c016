"""Who is told of an emergency, and when: the first on call and every owner at once, then the ladder, three rounds in all.

The ladder is read anew at each step, so that whoever comes on duty meanwhile is told; the next step is the next person of
it whom this round has not told. Nothing moves on to another round while nobody could be told at all: with Twilio away the
alarm waits, and goes out when it is back.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bookings.models import Concern, OutgoingMessage, Shop
from bookings.services import concerns, customers, oncall
from bookings.services.oncall import Reachable
from telephony.models import Alert, Emergency

log = structlog.get_logger(__name__)
ROUNDS = 3  # in all: those of one that is raised anew are 4 to 6, and so on
Channel, Status = Alert.Channel, Alert.Status
_ARRIVED = (OutgoingMessage.Status.SENT, OutgoingMessage.Status.DELIVERED)
_OPEN = Q(acknowledged_at=None, released_at=None, gave_up_at=None)


def first_round(after: int) -> int:
    """Return the first of the three rounds that follow when an emergency is raised anew, `after` being the last one told."""
    return -(-after // ROUNDS) * ROUNDS + 1


def due(now: datetime, *, limit: int = 200) -> list[int]:
    """Return the emergencies whose next person is to be told, those that wait longest first."""
    rows = Emergency.objects.filter(_OPEN, next_step_at__lte=now).order_by("next_step_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def step(emergency_id: int, *, now: datetime) -> bool:
    """Decide whom to tell next and write it down, if that is due and nobody else does so; say whether anything was decided."""
    with transaction.atomic():
        rows = Emergency.objects.select_for_update(skip_locked=True, of=("self",)).select_related("shop")
        emergency = rows.filter(_OPEN, pk=emergency_id, next_step_at__lte=now).first()
        if emergency is None:
            return False
        ladder = oncall.ladder(emergency.shop, now) or _last_resort(emergency.shop)
        told = set(emergency.alerts.filter(round=emergency.round).values_list("number", flat=True))
        following = _following(emergency, ladder, told)
        if not following and told and _none_arrived(emergency):
            _raise(
                emergency, "It could not be told to anybody yet: Twilio does not take our texts and calls. Call them.", now=now
            )
            _wait(emergency, len(told), now=now)
            return True
        if not following and told and emergency.round % ROUNDS != 0:
            emergency.round, told = emergency.round + 1, set()
            following = _following(emergency, ladder, told)
        if not following:
            _give_up(emergency, now=now)
            return True
        for person in following:
            _alert(emergency, person, now=now)
        _wait(emergency, len(told) + len(following), now=now)
        log.info("alarm_step", emergency=emergency.pk, round=emergency.round, people=len(following))
        return True


def acknowledge(emergency_id: int, *, by: str, now: datetime, number: str = "") -> bool:
    """Write down who has the emergency and tell nobody else; False for whoever comes second. `number` is theirs, if known."""
    with transaction.atomic():
        emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
        if emergency is None or emergency.acknowledged_at is not None:
            return False
        emergency.acknowledged_at, emergency.acknowledged_by, emergency.next_step_at = now, by[:100], None
        emergency.save(update_fields=["acknowledged_at", "acknowledged_by", "next_step_at"])
        waiting = emergency.alerts.filter(status=Status.DUE)
        waiting.update(status=Status.UNANSWERED, ended_at=now, note="Not needed any more: somebody had it")
        if number:
            emergency.alerts.filter(number=number).exclude(status=Status.FAILED).update(status=Status.ACKNOWLEDGED)
        concerns.close(Concern.Kind.UNACKNOWLEDGED, _key(emergency), shop_id=emergency.shop_id, now=now)
    log.info("alarm_acknowledged", emergency=emergency_id)
    return True


def told(shop_id: int, number: str) -> list[Emergency]:
    """Return the emergencies that nobody has yet and that were told to a number, the oldest first."""
    alerts = Alert.objects.filter(emergency=OuterRef("pk"), number=number).exclude(status=Status.DUE)
    rows = Emergency.objects.filter(Exists(alerts), shop=shop_id, acknowledged_at=None, released_at=None)
    return list(rows.order_by("heard_at", "pk"))


def _following(emergency: Emergency, ladder: list[Reachable], told: set[str]) -> list[Reachable]:
    """Return who is told in this step: at the start of a round the first on call and the owners, else the next one."""
    left = [each for each in ladder if each.number not in told]
    if told or not left:
        return left[:1]
    owners = {customers.caller_number(each.number) for each in oncall.owners(emergency.shop)}
    return [left[0], *(each for each in left[1:] if each.number in owners)]


def _last_resort(shop: Shop) -> list[Reachable]:
    """Nobody is set up: the shop's number, or the environment's."""
    number = customers.caller_number(shop.fallback_number) or customers.caller_number(settings.FALLBACK_DIAL_NUMBER)
    return [Reachable(shop.name, number, "Office")] if number else []


def _alert(emergency: Emergency, person: Reachable, *, now: datetime) -> None:
    number = customers.caller_number(person.number)
    unplaced = Q(status=Status.DUE) | Q(channel=Channel.CALL, status=Status.PLACING, twilio_sid="")
    earlier = emergency.alerts.filter(unplaced, number=number, round__lt=emergency.round)
    earlier.update(status=Status.FAILED, ended_at=now, note="Not known to have been placed in its round")
    for channel in Channel:
        Alert.objects.create(
            emergency=emergency, shop=emergency.shop, round=emergency.round, person_id=person.person_id, name=person.name[:100],
            number=number, channel=channel, created_at=now,
        )  # fmt: skip


def _none_arrived(emergency: Emergency) -> bool:
    """Say whether of this round's alerts some still wait for Twilio, and not one has reached it."""
    alerts = list(emergency.alerts.filter(round=emergency.round).select_related("message"))
    return any(_waits(each) for each in alerts) and not any(_arrived(each) for each in alerts)


def _arrived(alert: Alert) -> bool:
    if alert.channel == Channel.TEXT:
        return alert.message is not None and alert.message.status in _ARRIVED
    return bool(alert.twilio_sid)


def _waits(alert: Alert) -> bool:
    unsent = alert.message is None or alert.message.status not in (*_ARRIVED, OutgoingMessage.Status.FAILED)
    return alert.status in (Status.DUE, Status.PLACING) and (unsent if alert.channel == Channel.TEXT else not alert.twilio_sid)


def _wait(emergency: Emergency, rung: int, *, now: datetime) -> None:
    emergency.rung, emergency.next_step_at = rung, now + timedelta(seconds=emergency.shop.alarm_seconds)
    emergency.save(update_fields=["round", "rung", "next_step_at"])


def _give_up(emergency: Emergency, *, now: datetime) -> None:
    emergency.gave_up_at, emergency.next_step_at = now, None
    emergency.save(update_fields=["gave_up_at", "next_step_at"])
    alerts = emergency.alerts.all()
    names = list(dict.fromkeys(each.name for each in alerts))
    if not names:
        said = "Nobody could be told: nobody is on call, there is no owner, and no number to fall back to is set up."
    elif any(each.person_id for each in alerts):
        said = f"Told {ROUNDS} times without an answer: {', '.join(names)}."
    else:
        said = f"Nobody is on call and there is no owner: only the shop's own number was told, {ROUNDS} times, without an answer."
    _raise(emergency, f"{said} Call back at once.", now=now)
    log.error("alarm_gave_up", emergency=emergency.pk)


def _raise(emergency: Emergency, text: str, *, now: datetime) -> None:
    """Open the concern, or bring the one that is open to these words."""
    words = f"{emergency.get_danger_display()}: {text}"
    key, kind = _key(emergency), Concern.Kind.UNACKNOWLEDGED
    concerns.raise_once(kind, key, words, shop_id=emergency.shop_id, now=now, origin=emergency.origin)
    rows = Concern.objects.filter(shop=emergency.shop_id, kind=kind, key=key, status=Concern.Status.OPEN)
    rows.exclude(text=words).update(text=words)


def _key(emergency: Emergency) -> str:
    return f"emergency:{emergency.pk}"
