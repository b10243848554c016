"""Makes a shop's assistant, as Vapi's CreateAssistantDTO of today. A function of the shop's data and the settings alone.

No clock and no caller come in here: the same shop gives the same body tomorrow, so that a fingerprint can say whether what
Vapi has is what it should have. What belongs to one call is told by telephony.assistant.variables.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from bookings.engine.roster import Roster
from bookings.models import Shop
from bookings.services import rosters
from telephony.assistant import facts, plans, tools, words

Json = dict[str, Any]

LONGEST_NAME = 40
# What we read, and nothing else: each further type is a request for every word spoken. `function-call` is the older form of
# `tool-calls`; `phone-call-control` hands ending and transferring over to us; `conversation-update` repeats all that was said.
# `assistant-request` is sent wherever it is needed.
SERVER_MESSAGES = [
    "tool-calls",
    "status-update",
    "speech-update",
    "user-interrupted",
    "transcript",
    "hang",
    "transfer-destination-request",
    "language-change-detected",
    "end-of-call-report",
]


class NotReadyError(Exception):
    """No assistant can be made yet; the text says what is missing."""


def build(shop: Shop) -> Json:
    """Return the assistant's whole body. Raises NotReadyError without the id of the credential that vouches for Vapi."""
    if not settings.VAPI_CREDENTIAL_ID:
        raise NotReadyError(
            "VAPI_CREDENTIAL_ID is not set. It is the id of the custom credential at dashboard.vapi.ai that holds "
            "WEBHOOK_SECRET; without it this server would refuse everything the assistant asks."
        )
    roster = rosters.of(shop.pk, shop.config_version)
    spoken = words.languages(shop)
    return {
        "name": shop.name[:LONGEST_NAME],
        "firstMessage": words.first_message(shop),
        "firstMessageMode": "assistant-speaks-first",
        # The disclosures are part of the greeting and have to be heard to their end; what is said over them is transcribed
        # all the same and answered next. It takes about seven seconds.
        "firstMessageInterruptionsEnabled": False,
        "model": {
            "provider": "openai",
            "model": "gpt-4.1",
            "temperature": 0.2,  # it repeats sentences and chooses tools; there is nothing to invent
            "maxTokens": 300,  # a turn: an offer of three windows takes about 120 in Spanish, a booking's arguments 200
            "messages": [{"role": "system", "content": prompt(shop, roster)}],
            "tools": tools.build(spoken),
        },
        "voice": plans.voice(shop),
        "transcriber": plans.transcriber(shop, roster),
        "startSpeakingPlan": plans.start_speaking(spoken),
        "stopSpeakingPlan": plans.stop_speaking(spoken),
        "backgroundSpeechDenoisingPlan": plans.denoising(),
        "backgroundSound": "off",  # on telephones Vapi's default is the noise of an office
        "hooks": plans.silence(spoken),
        "maxDurationSeconds": 900,  # a booking takes four minutes; a line that was forgotten costs no more than fifteen
        "voicemailDetection": "off",  # callers call us
        "server": tools.server_of_messages(),
        "serverMessages": SERVER_MESSAGES,
        "analysisPlan": _analysis(),
        "artifactPlan": {"recordingEnabled": shop.record_calls, "transcriptPlan": {"enabled": True}},
        # Whoever knew these addresses could listen to a call or speak in it. We speak: what is said to danger does not wait
        # for the model (telephony.vapi.control). Nobody listens.
        "monitorPlan": {"listenEnabled": False, "controlEnabled": True},
        "metadata": {"shop": shop.phone_number},
    }


def prompt(shop: Shop, roster: Roster) -> str:
    """Return what the model is told, from templates/telephony/assistant_prompt.txt."""
    told = {
        "shop": shop.name,
        "spoken": words.languages(shop),
        "services": list(facts.services(roster)),
        "hours": facts.hours(roster),
        "closed_weekdays": facts.closed_weekdays(roster),
        "overtime": facts.hours(roster, overtime=True),
        "areas": list(facts.areas(roster)),
        "holidays": [line.strip() for line in shop.holidays_closed.splitlines() if line.strip()],
        "house_rules": [line.strip() for line in shop.house_rules.splitlines() if line.strip()],
        "horizon_days": shop.horizon_days,
        "hold_minutes": shop.hold_minutes,
        "texts": shop.confirm_by_text,
        "confirms_unseen": shop.when_stale == Shop.WhenStale.CONFIRM,
        "recorded": shop.record_calls,
    }
    lines = render_to_string("telephony/assistant_prompt.txt", told).splitlines()
    # A condition that did not hold leaves an empty line; never two in a row.
    kept = [line.rstrip() for at, line in enumerate(lines) if line.strip() or (at and lines[at - 1].strip())]
    return "\n".join(kept).strip()


def _analysis() -> Json:
    """Return what is made of a call once it is over. The back office shows it; `endings` reads who called and what they asked."""
    return {
        "summaryPlan": {"enabled": True, "timeoutSeconds": 10},
        "structuredDataPlan": {
            "enabled": True,
            "timeoutSeconds": 10,
            "schema": {
                "type": "object",
                "properties": {
                    "reason": {"type": "string", "description": "Why the caller called, in one short sentence"},
                    "served": {"type": "boolean", "description": "Whether the caller got what they called for"},
                    "callerType": {
                        "type": "string",
                        "enum": ["customer", "vendor", "spam", "wrong number"],
                        "description": "Who called: customer for whoever wants heating, cooling or an appointment, and in doubt; "
                        "vendor for somebody selling to the shop; spam for robocalls and scams",
                    },
                    "callbackWanted": {"type": "boolean", "description": "Whether the caller asked to be called back"},
                    # One text, not a list: only plain answers are kept with the call.
                    "unansweredQuestions": {
                        "type": "string",
                        "description": "What the caller asked and the assistant could not answer, in their words; else empty",
                    },
                },
                "required": ["reason", "served", "callerType", "callbackWanted", "unansweredQuestions"],
            },
        },
    }
