"""Hears danger in what a caller says, and has the words for it. Fixed, versioned, outside the model.

A danger turns the call: its script is said and nothing is booked. The list errs on the side of alarm; the words follow
what fire departments and gas companies tell the public, and need the review of the shop and its insurer.
"""

import re
from dataclasses import dataclass

VERSION = "2026-11-26"


@dataclass(frozen=True, slots=True)
class Danger:
    """A class of danger: how it is heard and what is said, in English and in Spanish."""

    key: str
    heard: re.Pattern[str]
    script: str
    script_es: str


def _pattern(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")", re.IGNORECASE)


DANGERS = (
    Danger(
        "gas",
        _pattern(
            r"smell(?:s|ing|ed)?(?:\s+\w+){0,3}\s+gas\b",
            r"(?:odou?r|scent|reek(?:s|ing)?|stink(?:s|ing)?)\s+(?:of|like)\s+gas\b",
            r"gas\s+(?:smell|odou?r|leak)",
            r"gas\s+(?:is|was|keeps|might\s+be|may\s+be)\s+leaking",
            r"leak(?:s|ing)?\s+(?:in|from|at|on|of)\s+(?:the|my|our|a)?\s*gas\b",
            r"leaking\s+gas",
            r"rotten\s+eggs?",
            r"huele\s+a\s+gas",
            r"(?:fuga|olor|escape)\s+(?:de|a)\s+gas",
        ),
        "Please leave the building now, with everyone. Don't touch switches, don't light anything, and don't use a phone "
        "inside. From outside, call 911 or your gas company's emergency line. We will follow up when they say it is safe.",
        "Por favor salga del edificio ahora mismo, con todos los demás. No toque interruptores, no encienda nada y no use el "
        "teléfono adentro. Ya afuera, llame al 911 o a la línea de emergencias de su compañía de gas. Nos comunicaremos con "
        "usted cuando le digan que ya no hay peligro.",
    ),
    Danger(
        "carbon_monoxide",
        _pattern(r"carbon\s+monoxide", r"c\.?o\.?2?\s+(?:alarm|detector|monitor|poisoning)", r"mon[oó]xido"),
        "Get everyone outside to fresh air now and call 911 from there. Don't go back in until they tell you it's safe.",
        "Saque a todos afuera, al aire fresco, ahora mismo y llame al 911 desde allí. No vuelva a entrar hasta que le digan que "
        "ya no hay peligro.",
    ),
    Danger(
        "fire",
        _pattern(
            r"(?:is|are|it'?s|caught|on|see(?:ing)?|there'?s(?:\s+a)?)\s+(?:on\s+)?(?:fire|flames?)\b",
            r"smok(?:e|ing)\b(?!\s+(?:detector|alarm)\s+(?:battery|chirp))",
            r"flames?\b(?!\s+sensor)",
            r"spark(?:s|ing|ed)\b",
            r"burning\s+(?:smell|wires?|plastic|electrical)",
            r"smells?\s+(?:like\s+)?burning",
            r"incendio|humo|llamas|chispas",
        ),
        "If you see smoke or flames, leave now with everyone and call 911 from outside. Don't open the equipment. "
        "We will follow up when it is safe.",
        "Si ve humo o llamas, salga ahora mismo con todos los demás y llame al 911 desde afuera. No abra el equipo. Nos "
        "comunicaremos con usted cuando ya no haya peligro.",
    ),
)


def danger_in(*texts: str) -> Danger | None:
    """Return the first danger heard in any of the texts, None when there is none."""
    return next((danger for danger in DANGERS for text in texts if text and danger.heard.search(text)), None)
