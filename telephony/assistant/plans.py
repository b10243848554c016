"""How the assistant listens and when it speaks, set for telephones beside compressors, furnaces and bad lines.

An older recipe for such calls was a voice detection threshold of 0.5 instead of 0.3 and 150 ms of silence padding. Vapi has
neither knob any more. What stands in their place: words instead of noise decide an interruption (`numWords`), Krisp takes
the compressor's hum out before anything listens, and every wait for the end of a sentence is longer than Vapi's by about
those 150 ms. https://docs.vapi.ai/customization/speech-configuration
"""

from typing import Any

from bookings.engine.roster import Roster
from bookings.models import Shop
from telephony.assistant import words

Json = dict[str, Any]

_ACKNOWLEDGE = {
    "en": [
        "okay", "ok", "yeah", "yes", "yep", "uh-huh", "mm-hmm", "mhm", "right", "sure", "got it", "i see", "alright",
        "all right", "that's right", "go ahead",
    ],
    "es": ["sí", "si", "ajá", "claro", "bueno", "está bien", "de acuerdo", "ya", "correcto", "eso es", "adelante"],
}  # fmt: skip
# One of these stops the assistant at once. They are the beginnings of what takes something back: see Shop.retraction_words.
_INTERRUPT = {
    "en": [
        "wait", "no", "stop", "hold on", "hang on", "actually", "sorry", "excuse me", "never mind", "i said", "not that",
        "help", "gas", "smoke", "fire", "alarm", "carbon monoxide",
    ],
    "es": [
        "espere", "espera", "no", "pare", "un momento", "perdón", "disculpe", "mejor", "olvídelo", "ayuda", "gas", "humo",
        "fuego", "incendio", "alarma", "monóxido",
    ],
}  # fmt: skip
# Questions that are answered with figures, letters or an address, in pieces and with breaths between them.
_PIECEWISE = r"(number|address|ZIP|spell|reference|número|dirección|código postal|deletre|referencia)"

# Words of the trade that a general model mishears on a telephone ("tune-up" as "tuna").
_TRADE = {
    "en": ["HVAC", "furnace", "boiler", "heat pump", "mini-split", "compressor", "condenser", "thermostat", "tune-up"],
    "es": ["calefacción", "caldera", "calentador", "bomba de calor", "aire acondicionado", "termostato", "mantenimiento"],
}  # fmt: skip
# Deepgram takes 500 tokens of them and ends the stream beyond that, so there is room to spare here.
_MOST_KEYTERMS, _LONGEST_KEYTERM = 60, 30


def start_speaking(spoken: tuple[str, ...]) -> Json:
    """Return when the assistant takes its turn."""
    # LiveKit's judge of finished sentences knows English only; without one, the transcription's own waits decide.
    smart = {"smartEndpointingPlan": {"provider": "livekit"}} if spoken == ("en",) else {}
    return {
        "waitSeconds": 0.55,  # Vapi's 0.4 and the 150 ms: people who are cold and upset pause in the middle
        **smart,
        "customEndpointingRules": [
            # Somebody who reads a number from a card is not done after four digits.
            {"type": "assistant", "regex": _PIECEWISE, "regexOptions": [], "timeoutSeconds": 1.8},
        ],
        "transcriptionEndpointingPlan": {
            "onPunctuationSeconds": 0.25,  # Vapi's 0.1 and the 150 ms
            "onNoPunctuationSeconds": 1.5,  # Vapi's: a line that crackles loses the punctuation first
            "onNumberSeconds": 1.0,  # twice Vapi's: telephone numbers, ZIP codes and house numbers come in groups
        },
    }


def stop_speaking(spoken: tuple[str, ...]) -> Json:
    """Return what makes the assistant fall silent."""
    return {
        # Two transcribed words. With 0 the sound of a voice is enough, and a compressor, a dog or static sounds like one.
        "numWords": 2,
        "backoffSeconds": 1,  # Vapi's: long enough for "wait, no, make that Friday" to be said before we go on
        "acknowledgementPhrases": [each for language in spoken for each in _ACKNOWLEDGE[language]],
        "interruptionPhrases": list(dict.fromkeys(each for language in spoken for each in _INTERRUPT[language])),
    }


def denoising() -> Json:
    """Return Krisp alone: the second filter is marked experimental, and eats the ends of quiet words."""
    return {"smartDenoisingPlan": {"enabled": True}}


def transcriber(shop: Shop, roster: Roster) -> Json:
    """Return the speech recognition: one language, or both with their changes in one call."""
    spoken = words.languages(shop)
    return {
        "provider": "deepgram",
        "model": "nova-3",
        "language": spoken[0] if len(spoken) == 1 else "multi",
        # Deepgram waits 10 ms by default and then loses utterances of one word, such as "no" and "yes"; 300 keeps them.
        "endpointing": 300,
        "numerals": True,  # "ten twenty three" is a ZIP code
        "keyterm": keyterms(shop, roster),
    }


def keyterms(shop: Shop, roster: Roster) -> list[str]:
    """Return words to listen for: the shop, its services and what they are also called, its areas, the trade's."""
    spoken = words.languages(shop)
    found = [
        shop.name,
        *(service.name for service in roster.services),
        *(service.name_es for service in roster.services if "es" in spoken),
        *(term for language in spoken for term in _TRADE[language]),
        *(area.name for area in roster.areas),
        *(phrase for service in roster.services for phrase in service.phrases),
    ]
    return [each for each in dict.fromkeys(found) if each and len(each) <= _LONGEST_KEYTERM][:_MOST_KEYTERMS]


def voice(shop: Shop) -> Json:
    """Return the voice. Version 2 hears by itself which language a sentence is in; the plain one reads all as English."""
    more = {} if words.languages(shop) == ("en",) else {"version": "2"}
    return {"provider": "vapi", "voiceId": shop.assistant_voice, **more}


def silence(spoken: tuple[str, ...]) -> list[Json]:
    """Return what is done about a caller who says nothing. They may have gone to look at the furnace: it takes a minute."""
    ask: Json = (
        {"exact": getattr(words.STILL_THERE, spoken[0])}
        if len(spoken) == 1
        else {"prompt": "In the language of the conversation, ask in three or four words whether the caller is still there."}
    )
    return [
        {
            "on": "customer.speech.timeout",
            "name": "still-there",
            "options": {"timeoutSeconds": 15, "triggerMaxCount": 2, "triggerResetMode": "onUserSpeech"},
            "do": [{"type": "say", **ask}],
        },
        {
            "on": "customer.speech.timeout",
            "name": "nobody-there",
            "options": {"timeoutSeconds": 60, "triggerMaxCount": 1, "triggerResetMode": "onUserSpeech"},
            "do": [{"type": "tool", "tool": {"type": "endCall"}}],
        },
    ]
