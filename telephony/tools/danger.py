"""What tools do with danger: hear it in what they are told, note it, and answer with the script for as long as it is in force."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from telephony import emergencies, safety
from telephony.calls import InForce
from telephony.models import Call, Danger, Emergency
from telephony.safety import Heard, scripts
from telephony.tools import answers
from telephony.tools.answers import Answer
from telephony.tools.context import Context, ToolRequest

REPORT = "reportEmergency"
# Names, places, numbers and choices, which may be called Sparks or Smoke. Whatever else is text is what somebody said.
_NEVER_A_DANGER = frozenset(
    {
        "customerName", "customerPhone", "address", "zip", "requestedDate", "scheduledDate", "timeWindow", "slotId",
        "duration", "urgency", "equipmentAge", "reference", "callId", "call_id", "callerNumber", "caller_number",
        "twilio_call_sid", "language", "another", "moveOffered",
    }
)  # fmt: skip
_MOST_LETTERS = 4_000


def heard(request: ToolRequest) -> Heard | None:
    """Return the gravest danger that a request speaks of. Who reports an emergency is believed, whatever they call it."""
    found = safety.heard_in(*said(request.arguments))
    if request.name != REPORT:
        return found
    language = "es" if str(request.arguments.get("language")).casefold().startswith("es") else "en"
    named = str(request.arguments.get("danger")).strip().casefold().replace(" ", "_")
    if named in Danger.values and (found is None or safety.graver(Danger(named), found.danger)):
        found = Heard(Danger(named), language)
    # Nothing that anybody knows: 911 is right for all of it.
    return found or Heard(Danger.PERSON, language)


def said(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that may speak of a danger."""
    for name, value in arguments.items():
        if name in _NEVER_A_DANGER:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from said(value)
        elif isinstance(value, list):
            yield from (str(each) for each in value)


def note(context: Context, request: ToolRequest, found: Heard) -> InForce | None:
    """Write down what a request says of danger; return what is in force then. Under the origin's lock."""
    call = context.call
    emergency = emergencies.note(
        shop_id=call.shop_id, origin=call.origin, call_id=call.id, phone=call.from_number, danger=found.danger,
        text=" | ".join(said(request.arguments))[:_MOST_LETTERS],
        source=Emergency.Source.REPORT if request.name == REPORT else Emergency.Source.TOOL,
        at=context.requested_at, now=context.now, language=context.language,
    )  # fmt: skip
    return _in_force(emergency)


def catch_up(call: Call, *, now: datetime) -> None:
    """Write down a danger that was answered with its script while it could not be; one statement where there is none.

    Under the origin's lock, as everything that notes danger.
    """
    answered = list(call.invocations.filter(state="emergency").order_by("requested_at", "pk"))
    if not answered or Emergency.objects.filter(shop=call.shop_id, origin=call.origin).exists():
        return
    for each in answered:
        if (found := heard(ToolRequest("", each.name, each.arguments))) is not None:
            emergencies.note(
                shop_id=call.shop_id, origin=call.origin, call_id=call.pk, phone=call.from_number, danger=found.danger,
                text=" | ".join(said(each.arguments))[:_MOST_LETTERS],
                source=Emergency.Source.REPORT if each.name == REPORT else Emergency.Source.TOOL,
                at=each.requested_at, now=now, language=found.language,
            )  # fmt: skip


def in_force(call_id: int) -> InForce | None:
    """Return the danger of a call that no person has released. One statement."""
    return _in_force(emergencies.in_force(call_id))


def _in_force(emergency: Emergency | None) -> InForce | None:
    if emergency is None or emergency.released_at is not None:
        return None
    return InForce(emergency.pk, emergency.danger, emergency.language, emergency.script, emergency.said_at is not None)


def answer(context: Context, alarm: InForce) -> Answer:
    """Answer with the script in the caller's language; what is given here need not be spoken into the call any more."""
    if not alarm.said:
        emergencies.said(alarm.id, at=context.now)
    if alarm.language == context.language:
        return answers.emergency(alarm.script)
    return answers.emergency(scripts.of(context.call.shop_id, Danger(alarm.danger), context.language))


def was_said(context: Context, alarm: InForce) -> bool:
    """Say whether the script of this danger was given before this message: whoever asks for a person then is given one."""
    before = context.call.alarm
    return before is not None and before.said and before.danger == alarm.danger


def again(context: Context, said: Mapping[str, Any]) -> Answer:
    """Answer a report that was sent before a person released its danger and comes only now: the words are still right."""
    found = heard(ToolRequest("", REPORT, dict(said)))
    return answers.emergency(scripts.of(context.call.shop_id, found.danger if found else Danger.PERSON, context.language))


def without_a_database(request: ToolRequest, language: str) -> Answer | None:
    """Answer a danger that could not be written down, with the product's own words; None for a request that speaks of none."""
    found = heard(request)
    return None if found is None else answers.emergency(scripts.default(found.danger, language))
