"""Vapi's CreateAssistantDTO of August 2026, with its ranges. Keys that are gone from it are refused like any unknown one.

What hvacsched does not use is open where the schema is long: other providers' models, voices and transcribers.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.vapi.shape import (
    Rule,
    anything,
    each_of,
    either,
    flag,
    kinds,
    many,
    matching,
    number,
    one_of,
    record,
    text,
    text_of,
    uuid,
)
from sandbox.vapi.tools import SERVER, TOOL, schema

SERVER_MESSAGES = (
    "assistant.started", "assistant.speechStarted", "conversation-update", "end-of-call-report", "function-call", "hang",
    "handoff-destination-request", "language-changed", "language-change-detected", "model-output", "phone-call-control",
    "speech-update", "status-update", "tool-calls", "transcript", 'transcript[transcriptType="final"]',
    "transfer-destination-request", "transfer-update", "user-interrupted", "voice-input", "call.artifact.upload",
    "call.deleted", "call.delete.failed", "chat.created", "chat.deleted", "session.created", "session.updated",
    "session.deleted",
)  # fmt: skip

# -- model, voice, transcriber

_MESSAGE = record(
    {"role": one_of("assistant", "function", "user", "system", "tool"), "content": text_of(100_000_000)}, needs=["role"]
)
_OPENAI = record(
    {
        "provider": text,
        "model": matching(r"[a-z0-9.-]+(:[a-z0-9]+)?"),
        "messages": many(_MESSAGE),
        "tools": many(TOOL),
        "toolIds": many(text),
        "toolRefs": anything,
        "knowledgeBase": anything,
        "speaker": anything,
        "reasoner": anything,
        "fallbackModels": many(text),
        "toolStrictCompatibilityMode": text,
        "promptCacheRetention": one_of("in_memory", "24h"),
        "promptCacheKey": text,
        "serviceTier": one_of("auto", "default", "fast", "priority"),
        "reasoningEffort": one_of("minimal", "none", "low", "medium", "high", "xhigh"),
        "temperature": number(0, 2),
        "maxTokens": number(50, 10_000),
        "emotionRecognitionEnabled": flag,
        "numFastTurns": number(0, 1000),
    },
    needs=["model"],
)
_OTHER_MODELS = ("anthropic", "azure-openai", "custom-llm", "google", "groq", "openrouter", "together-ai", "vapi", "xai")
MODEL = kinds("provider", {"openai": _OPENAI, **dict.fromkeys(_OTHER_MODELS, anything)})

_VAPI_VOICE = record(
    {
        "provider": text,
        "voiceId": text_of(None, 1),
        "version": one_of("1", "2", "latest"),
        "speed": number(0.25, 2),
        "language": text,
        "cachingEnabled": flag,
        "pronunciationDictionary": anything,
        "chunkPlan": anything,
        "fallbackPlan": anything,
    },
    needs=["voiceId"],
)
_OTHER_VOICES = ("11labs", "azure", "cartesia", "custom-voice", "deepgram", "openai", "playht", "rime-ai")
VOICE = kinds("provider", {"vapi": _VAPI_VOICE, **dict.fromkeys(_OTHER_VOICES, anything)})

_DEEPGRAM = record(
    {
        "provider": text,
        "model": matching("(flux|nova|enhanced|base|whisper)[a-z0-9-]*"),
        "language": matching("multi|[a-z]{2,3}(-[A-Za-z0-9]+)?"),
        "smartFormat": flag,
        "mipOptOut": flag,
        "numerals": flag,
        "profanityFilter": flag,
        "redaction": each_of(("pci", "pii", "phi", "numbers")),
        "confidenceThreshold": number(0, 1),
        "eotThreshold": number(0.5, 0.9),
        "eotTimeoutMs": number(500, 10_000),
        "languages": many(text),
        "keywords": many(matching(r"[^\W\d_]+(:\d+)?")),
        "keyterm": many(text_of(None, 1)),
        "endpointing": number(10, 500),
        "fallbackPlan": anything,
    }
)
_OTHER_TRANSCRIBERS = (
    "11labs",
    "assembly-ai",
    "azure",
    "custom-transcriber",
    "gladia",
    "google",
    "openai",
    "speechmatics",
    "talkscriber",
)
TRANSCRIBER = kinds("provider", {"deepgram": _DEEPGRAM, **dict.fromkeys(_OTHER_TRANSCRIBERS, anything)})

# -- plans

_RULE = {"type": text, "regex": text_of(None, 1), "regexOptions": many(anything), "timeoutSeconds": number(0, 15)}
_START = record(
    {
        "waitSeconds": number(0, 5),
        "smartEndpointingEnabled": anything,
        "smartEndpointingPlan": kinds(
            "provider",
            {
                "vapi": record({"provider": text}),
                "livekit": record({"provider": text, "waitFunction": text}),
                "custom-endpointing-model": anything,
            },
        ),
        "customEndpointingRules": many(
            kinds(
                "type",
                {
                    "assistant": record(_RULE, needs=["regex", "timeoutSeconds"]),
                    "customer": record(_RULE, needs=["regex", "timeoutSeconds"]),
                    "both": anything,
                },
            )
        ),
        "transcriptionEndpointingPlan": record(
            {"onPunctuationSeconds": number(0, 3), "onNoPunctuationSeconds": number(0, 3), "onNumberSeconds": number(0, 3)}
        ),
    }
)
_STOP = record(
    {
        "numWords": number(0, 10),
        "voiceSeconds": number(0, 0.5),
        "backoffSeconds": number(0, 10),
        "acknowledgementPhrases": many(text_of(240, 1)),
        "interruptionPhrases": many(text_of(240, 1)),
    }
)
_DENOISING = record({"smartDenoisingPlan": record({"enabled": flag}), "fourierDenoisingPlan": anything})
_TIMED = {"enabled": flag, "timeoutSeconds": number(1, 60), "messages": many(anything)}
_ANALYSIS = record(
    {
        "minMessagesThreshold": number(0, 1000),
        "summaryPlan": record(_TIMED),
        "structuredDataPlan": record(_TIMED | {"schema": schema}),
        "structuredDataMultiPlan": many(anything),
        "successEvaluationPlan": record(_TIMED | {"rubric": text}),
        "outcomeIds": many(text),
    }
)
_ARTIFACT = record(
    {
        **dict.fromkeys(
            (
                "recordingEnabled", "recordingUseCustomStorageEnabled", "videoRecordingEnabled", "fullMessageHistoryEnabled",
                "pcapEnabled", "pcapUseCustomStorageEnabled", "loggingEnabled", "loggingUseCustomStorageEnabled",
            ),
            flag,
        ),
        **dict.fromkeys(("recordingPath", "pcapS3PathPrefix", "loggingPath"), text),
        **dict.fromkeys(("structuredOutputIds", "structuredOutputs", "scorecardIds", "scorecards"), many(anything)),
        "recordingFormat": one_of("wav;l16", "mp3"),
        "transcriptPlan": record({"enabled": flag, "assistantName": text, "userName": text}),
    }
)  # fmt: skip
_MONITOR = record(
    {
        "listenEnabled": flag,
        "listenAuthenticationEnabled": flag,
        "controlEnabled": flag,
        "controlAuthenticationEnabled": flag,
        "monitorIds": many(text),
    }
)

# -- hooks

_ACTIONS = many(
    kinds(
        "type",
        {
            "say": record({"type": text, "exact": either(text, many(text)), "prompt": either(text, many(anything))}),
            "tool": record({"type": text, "tool": TOOL, "toolId": text}),
            "message.add": anything,
            "transfer": anything,
            "function": anything,
        },
    )
)
_TIMEOUT = record(
    {
        "timeoutSeconds": number(1, 1000),
        "triggerMaxCount": number(1, 10),
        "triggerResetMode": one_of("onUserSpeech", "never"),
    },
    needs=["timeoutSeconds"],
)
_HOOK = {"on": text, "do": _ACTIONS, "name": text_of(1000), "filters": many(anything), "options": anything}
HOOKS = many(
    kinds(
        "on",
        {
            "customer.speech.timeout": record(_HOOK | {"options": _TIMEOUT}, needs=["do"]),
            **{
                each: record(_HOOK, needs=["do"])
                for each in (
                    "call.ending", "call.timeElapsed", "assistant.speech.interrupted", "customer.speech.interrupted",
                    "assistant.transcriber.endpointedSpeechLowConfidence",
                )
            },
        },
    )
)  # fmt: skip

_VOICEMAIL = record(dict.fromkeys(("provider", "type", "backoffPlan", "beepMaxAwaitSeconds"), anything))

_KEYS: dict[str, Rule] = {
        "name": text_of(40),
        "firstMessage": text,
        "firstMessageMode": one_of(
            "assistant-speaks-first", "assistant-waits-for-user", "assistant-speaks-first-with-model-generated-message"
        ),
        "firstMessageInterruptionsEnabled": flag,
        "model": MODEL,
        "voice": VOICE,
        "transcriber": TRANSCRIBER,
        "server": SERVER,
        "serverMessages": each_of(SERVER_MESSAGES),
        "clientMessages": many(text),
        "startSpeakingPlan": _START,
        "stopSpeakingPlan": _STOP,
        "backgroundSound": either(one_of("off", "office"), matching(r"https?://\S+")),
        "backgroundSpeechDenoisingPlan": _DENOISING,
        "maxDurationSeconds": number(10, 43_200),
        "endCallMessage": text_of(1000),
        "endCallPhrases": many(text_of(140, 2)),
        "voicemailDetection": either(one_of("off"), _VOICEMAIL),
        "voicemailMessage": text_of(1000),
        "analysisPlan": _ANALYSIS,
        "artifactPlan": _ARTIFACT,
        "monitorPlan": _MONITOR,
        "hooks": HOOKS,
        "credentialIds": many(uuid),
        **dict.fromkeys(
            (
                "compliancePlan", "metadata", "credentials", "transportConfigurations", "observabilityPlan", "keypadInputPlan",
                "modelOutputInMessagesEnabled",
            ),
            anything,
        ),
}  # fmt: skip
ASSISTANT = record(_KEYS)


def _values(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} must be an object"


OVERRIDES = record(_KEYS | {"variableValues": _values, "metadata": _values, "tools:append": anything})
