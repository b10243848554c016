"""The addresses of an alarm's call: what it says, the key that takes the emergency, and how it ended.

A voicemail box presses no key: only key 1 takes an emergency. Late and repeated deliveries find what stands.
"""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from twilio.twiml.voice_response import VoiceResponse

from telephony import alarms
from telephony.alarms import rounds, words
from telephony.models import Alert
from telephony.twilio import callbacks, twiml, voice

KEY_SECONDS = 8
NOT_ANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
Status = Alert.Status


def _in_the_dark(request: HttpRequest) -> str:
    """Say what can be said without a database."""
    return _say("There is an emergency at the shop. Please look at the desk, or call the office, now.")


@voice._answers(_in_the_dark)
def alarm(request: HttpRequest) -> str:
    """Say what happened, twice, and wait for the key."""
    alert = _alert(request)
    if alert is None:
        return _say("This alarm is not known any more. Goodbye.")
    Alert.objects.filter(pk=alert.pk, status__in=[Status.DUE, Status.PLACING]).update(status=Status.TOLD)
    if alert.emergency.acknowledged_at is not None:
        return _say(_whose(alert))
    alert = _as_it_stands(alert)
    said = f"{words.spoken(alert.emergency)} Press 1 to take it."
    answer = VoiceResponse()
    gather = answer.gather(
        num_digits=1, timeout=KEY_SECONDS, action=twiml.url("twilio-alarm-key", f"alert={alert.public_id}"), method="POST"
    )
    gather.say(said)
    gather.pause(length=1)
    gather.say(said)
    answer.say("No key was pressed. The next person is told. Goodbye.")
    answer.hangup()
    return str(answer)


@voice._answers(_in_the_dark)
def key(request: HttpRequest) -> str:
    """Key 1 takes the emergency as it was said; any other hears it again, and so does who heard it before it was raised anew."""
    alert = _alert(request)
    if alert is None:
        return _say("This alarm is not known any more. Goodbye.")
    if request.POST.get("Digits", "") != "1":
        return _again(alert)
    begun = rounds.begun(alert.round)
    alarms.acknowledge(alert.emergency_id, by=alert.name, number=alert.number, begun=begun, now=timezone.now())
    alert.refresh_from_db(from_queryset=Alert.objects.select_related("emergency__shop"))
    return _again(alert) if alert.emergency.acknowledged_at is None else _say(_whose(alert))


@callbacks._reports
def status(request: HttpRequest) -> None:
    """The alarm's call is over. Nothing follows from it: the ladder goes by its own clock."""
    said, alert = request.POST.get("CallStatus", ""), _alert(request)
    if alert is None or said not in callbacks.FINAL:
        return
    rows = Alert.objects.filter(pk=alert.pk)
    rows.filter(twilio_sid="").update(twilio_sid=request.POST.get("CallSid", "")[:64])
    rows.filter(ended_at=None).update(ended_at=timezone.now())
    unheard = (Status.DUE, Status.PLACING) if said == "completed" else (Status.DUE, Status.PLACING, Status.TOLD)
    note = said if said in NOT_ANSWERED else "ended before it was said"
    rows.filter(status__in=unheard).update(status=Status.UNANSWERED, note=note.replace("-", " ").capitalize())


def _alert(request: HttpRequest) -> Alert | None:
    try:
        public_id = UUID(request.GET.get("alert", ""))
    except ValueError:
        return None
    return Alert.objects.select_related("emergency__shop").filter(public_id=public_id).first()


def _as_it_stands(alert: Alert) -> Alert:
    """Return the alert of the rounds that run now for a call that was placed before: they hear it as it stands, in this call."""
    emergency = alert.emergency
    if alert.round >= rounds.begun(emergency.round):
        return alert
    now = timezone.now()
    told = {"status": Status.TOLD, "twilio_sid": alert.twilio_sid, "placed_at": now}
    who = {"shop_id": alert.shop_id, "person_id": alert.person_id, "name": alert.name, "created_at": now}
    current, _ = Alert.objects.update_or_create(
        emergency=emergency, round=emergency.round, number=alert.number, channel=Alert.Channel.CALL,
        defaults=told, create_defaults=told | who,
    )  # fmt: skip
    return current


def _again(alert: Alert) -> str:
    answer = VoiceResponse()
    answer.redirect(twiml.url("twilio-alarm", f"alert={alert.public_id}"), method="POST")
    return str(answer)


def _whose(alert: Alert) -> str:
    emergency = alert.emergency
    if rounds.has(emergency, alert.number):
        number = words.digits(emergency.phone)
        back = f"Call back {number}. Again: {number}" if number else "The caller withheld the number"
        return f"It is yours. {back}. Goodbye."
    return f"{words.taken(emergency)}. Nothing is left to do. Goodbye."


def _say(text: str) -> str:
    answer = VoiceResponse()
    answer.say(text)
    answer.hangup()
    return str(answer)
