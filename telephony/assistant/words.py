"""What the assistant says by itself, before and beside its model: the greeting, and what bridges a tool's work.

Both languages of a sentence stand side by side, because Vapi is sent both at once and chooses by the one spoken.
Nothing here claims anything: whether something is booked is said by the tools' answers alone.
"""

from typing import Any, NamedTuple

from bookings.models import Shop

Json = dict[str, Any]


class Both(NamedTuple):
    """One sentence in the two languages."""

    en: str
    es: str


def languages(shop: Shop) -> tuple[str, ...]:
    """Return the languages a shop's assistant speaks, the first one first."""
    return tuple(shop.languages.split("-"))


def disclosure(shop: Shop) -> str:
    """Return what a caller is told of machine and recording."""
    said = [shop.ai_disclosure, shop.recording_disclosure if shop.record_calls else ""]
    return " ".join(each.strip() for each in said if each.strip())


def first_message(shop: Shop) -> str:
    """Return the first words of each call: greeting, disclosures, the offer of Spanish, the question."""
    spoken = languages(shop)
    parts = [
        shop.greeting.replace("{shop}", shop.name).strip(),
        disclosure(shop),
        "También hablo español." if spoken == ("en", "es") else "",
        "¿En qué le puedo ayudar hoy?" if spoken == ("es",) else "How can I help you today?",
    ]
    return " ".join(part for part in parts if part)


# What is said while a tool works, by tool. Short: our answers take milliseconds, and without any Vapi says a filler of its own.
STARTS: dict[str, tuple[Both, ...]] = {
    "checkAvailability": (
        Both("Let me look at the schedule.", "Déjeme ver la agenda."),
        Both("One moment while I check.", "Un momento mientras reviso."),
    ),
    "holdSlot": (Both("One moment.", "Un momento."),),
    "bookAppointment": (Both("Let me put that in.", "Permítame anotarlo."),),
    "findAppointments": (Both("Let me look that up.", "Permítame buscarlo."),),
    "rescheduleAppointment": (Both("Let me see about that.", "Déjeme ver."),),
    "cancelAppointment": (Both("One moment, please.", "Un momento, por favor."),),
    "transferToHuman": (Both("One moment, please.", "Un momento, por favor."),),
    "takeMessage": (Both("Let me write that down.", "Permítame tomar nota."),),
    "reportEmergency": (Both("Please listen carefully.", "Por favor escúcheme bien."),),
}
_ANY_START = (Both("One moment, please.", "Un momento, por favor."),)
_DELAYED = Both("Thanks for holding, I'm still looking.", "Gracias por esperar, sigo buscando.")
_DELAYED_AFTER_MILLISECONDS = 3000
# Spoken when our answer never came, so it may claim neither that something was done nor that it was not.
_FAILED = Both(
    "I can't see our schedule right now, and I'd rather not promise anything until I can. Shall I try once more?",
    "Ahora mismo no puedo ver nuestra agenda y prefiero no prometerle nada hasta poder verla. ¿Lo intento otra vez?",
)
# The same where danger was to be reported: no schedule matters then.
_FAILED_IN_DANGER = Both(
    "If anybody may be in danger, leave the building now with everyone, and call 911 from outside.",
    "Si alguien puede estar en peligro, salga del edificio ahora mismo con todos los demás y llame al 911 desde afuera.",
)
STILL_THERE = Both("Are you still there?", "¿Sigue ahí?")
GOODBYE = Both("Goodbye.", "Adiós.")


def messages_of(tool: str, spoken: tuple[str, ...]) -> list[Json]:
    """Return what Vapi says around a tool: when it starts (one of the variants), when it takes long, when it fails."""
    return [
        *({"type": "request-start", "blocking": False, **content(each, spoken)} for each in STARTS.get(tool, _ANY_START)),
        {
            "type": "request-response-delayed",
            "timingMilliseconds": _DELAYED_AFTER_MILLISECONDS,
            **content(_FAILED_IN_DANGER if tool == "reportEmergency" else _DELAYED, spoken),
        },
        {"type": "request-failed", **content(_FAILED_IN_DANGER if tool == "reportEmergency" else _FAILED, spoken)},
    ]


def content(both: Both, spoken: tuple[str, ...]) -> Json:
    """Return a sentence as Vapi takes it: `content` in one language, `contents` where the assistant speaks both."""
    if len(spoken) == 1:
        return {"content": getattr(both, spoken[0])}
    return {"contents": [{"type": "text", "language": each, "text": getattr(both, each)} for each in spoken]}
