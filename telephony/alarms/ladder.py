"""Who is told of an emergency, and when: the first on call and every owner at once, then the ladder, three rounds in all.

The ladder is read anew at each step, so that whoever comes on duty meanwhile is told; the next step is the next person of
it whom this round has not told. Nothing moves on to another round while nobody could be told at all: with Twilio away the
alarm waits, and goes out when it is back.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from bookings.models import Concern, OutgoingMessage, Shop
from bookings.services import concerns, customers, messages, oncall
from bookings.services.oncall import Reachable
from telephony.alarms import rounds, texting, words
from telephony.models import Alert, Emergency

log = structlog.get_logger(__name__)
Channel, Status = Alert.Channel, Alert.Status
_ARRIVED = (OutgoingMessage.Status.SENT, OutgoingMessage.Status.DELIVERED)
_OPEN = Q(acknowledged_at=None, released_at=None, gave_up_at=None)


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
        there = set(emergency.alerts.filter(round=emergency.round).values_list("number", "channel"))
        told = {number for number, channel in there if channel == Channel.CALL}
        following = _following(emergency, ladder, told, begins=emergency.rung == 0)
        if not following and told and _none_arrived(emergency):
            _raise(
                emergency, "It could not be told to anybody yet: Twilio does not take our texts and calls. Call them.", now=now
            )
            _wait(emergency, len(told), now=now)
            return True
        if not following and told and emergency.round % rounds.EACH_TIME != 0:
            emergency.round, told, there = emergency.round + 1, set(), set()
            following = _following(emergency, ladder, told, begins=True)
        if not following:
            _give_up(emergency, now=now)
            return True
        for person in following:
            _alert(emergency, person, there, now=now)
        _wait(emergency, len(told) + len(following), now=now)
        log.info("alarm_step", emergency=emergency.pk, round=emergency.round, people=len(following))
        return True


def acknowledge(emergency_id: int, *, by: str, now: datetime, number: str = "", begun: int | None = None) -> bool:
    """Write down who has the emergency, and have those who were told of it told so; False for whoever comes second.

    `number` is theirs, if known. `begun` is the first of the rounds in which they were told, if they were: what was raised again
    since then is not theirs.
    """
    with transaction.atomic():
        emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
        if emergency is None or emergency.acknowledged_at is not None:
            return False
        first = rounds.begun(emergency.round)
        if begun is not None and begun != first:
            return False
        emergency.acknowledged_at, emergency.acknowledged_by, emergency.next_step_at = now, by[:100], None
        emergency.save(update_fields=["acknowledged_at", "acknowledged_by", "next_step_at"])
        waiting = emergency.alerts.filter(status=Status.DUE)
        waiting.update(status=Status.UNANSWERED, ended_at=now, note="Not needed any more: somebody had it")
        if number:
            theirs = emergency.alerts.filter(number=number, round__gte=first).exclude(status=Status.FAILED)
            theirs.update(status=Status.ACKNOWLEDGED)
        _tell_the_others(emergency, first, number, now=now)
        concerns.close(Concern.Kind.UNACKNOWLEDGED, _key(emergency), shop_id=emergency.shop_id, now=now)
    log.info("alarm_acknowledged", emergency=emergency_id)
    return True


def again(emergency: Emergency, *, now: datetime) -> Alert | None:
    """Let three rounds of their own begin for an emergency that is raised anew; the caller saves it.

    Return the alert by which somebody had taken it as it stood before, None where that was nobody or nobody's number is known.
    """
    had = emergency.alerts.filter(rounds.CURRENT, status=Status.ACKNOWLEDGED).order_by("-pk").first()
    last = emergency.alerts.aggregate(last=Max("round"))["last"] or 0
    emergency.acknowledged_at, emergency.acknowledged_by, emergency.gave_up_at = None, "", None
    emergency.round, emergency.rung, emergency.next_step_at = rounds.first_round(last), 0, now
    return had


def also(emergency: Emergency, had: Alert, *, now: datetime) -> None:
    """Tell whoever had an emergency, at once, that it is graver by now: they are on it. Inside the caller's transaction."""
    reason = f"{texting.ALARM}also:{emergency.pk}:{emergency.round}"
    body = words.also(emergency.shop, emergency, now=now)
    messages.queue(shop_id=emergency.shop_id, reason=reason, to=had.number, body=body, now=now)
    Alert.objects.create(
        emergency=emergency, shop=emergency.shop, round=emergency.round, person_id=had.person_id, name=had.name,
        number=had.number, channel=Channel.TEXT, status=Status.PLACING, created_at=now, placed_at=now,
        message=OutgoingMessage.objects.get(shop=emergency.shop_id, reason=reason),
    )  # fmt: skip


def told(shop_id: int, number: str, *, at: datetime) -> list[Emergency]:
    """Return the emergencies that nobody has yet and of which, since they were last raised, a number was told by then."""
    alerts = Alert.objects.filter(rounds.CURRENT, rounds.told(at), emergency=OuterRef("pk"), number=number)
    rows = Emergency.objects.filter(Exists(alerts), shop=shop_id, acknowledged_at=None, released_at=None)
    return list(rows.order_by("heard_at", "pk"))


def _tell_the_others(emergency: Emergency, first: int, number: str, *, now: datetime) -> None:
    """Note a text for everybody else who was told, or is being told: whether they were is seen when it goes."""
    rows = emergency.alerts.filter(round__gte=first, channel__in=[Channel.TEXT, Channel.CALL], placed_at__isnull=False)
    people = {each.number: each for each in rows.exclude(number=number).order_by("pk")}
    Alert.objects.bulk_create(
        Alert(
            emergency=emergency, shop_id=emergency.shop_id, round=emergency.round, person_id=each.person_id, name=each.name,
            number=each.number, channel=Channel.OVER, created_at=now,
        )
        for each in people.values()
    )  # fmt: skip


def _following(emergency: Emergency, ladder: list[Reachable], told: set[str], *, begins: bool) -> list[Reachable]:
    """Return who is told in this step: at the start of a round the first on call and the owners, else the next one."""
    left = [each for each in ladder if each.number not in told]
    if not begins or not left:
        return left[:1]
    owners = {customers.caller_number(each.number) for each in oncall.owners(emergency.shop)}
    return [left[0], *(each for each in left[1:] if each.number in owners)]


def _last_resort(shop: Shop) -> list[Reachable]:
    """Nobody is set up: the shop's number, or the environment's."""
    number = customers.caller_number(shop.fallback_number) or customers.caller_number(settings.FALLBACK_DIAL_NUMBER)
    return [Reachable(shop.name, number, "Office")] if number else []


def _alert(emergency: Emergency, person: Reachable, there: set[tuple[str, str]], *, now: datetime) -> None:
    number = customers.caller_number(person.number)
    unplaced = Q(status=Status.DUE) | Q(channel=Channel.CALL, status=Status.PLACING, twilio_sid="")
    earlier = emergency.alerts.filter(unplaced, number=number, round__lt=emergency.round).exclude(channel=Channel.OVER)
    earlier.update(status=Status.FAILED, ended_at=now, note="Not known to have been placed in its round")
    for channel in (Channel.TEXT, Channel.CALL):
        if (number, channel) in there:  # whoever had it before it got graver has their text already
            continue
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
        said = f"Told {rounds.EACH_TIME} times without an answer: {', '.join(names)}."
    else:
        times = f"{rounds.EACH_TIME} times"
        said = f"Nobody is on call and there is no owner: only the shop's own number was told, {times}, without an answer."
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
