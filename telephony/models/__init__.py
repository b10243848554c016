"""Telephony's tables: calls and what happened in them, emergencies and who was told, people who were rung."""

from telephony.models.calls import AssistantVersion, Call, CallEvent, LineTest, MarkedNumber, SeenRequest, ToolInvocation
from telephony.models.emergencies import Alert, Danger, Emergency, EmergencyWords, SafetyScript
from telephony.models.rings import Ring

__all__ = [
    "Alert",
    "AssistantVersion",
    "Call",
    "CallEvent",
    "Danger",
    "Emergency",
    "EmergencyWords",
    "LineTest",
    "MarkedNumber",
    "Ring",
    "SafetyScript",
    "SeenRequest",
    "ToolInvocation",
]
