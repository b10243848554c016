"""Vapi's server messages of one call, with all that Vapi sends around what matters: the call, the number, the history.

Shapes: https://docs.vapi.ai/server-url/events and payloads seen on the wire.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

Json = dict[str, Any]
GREETING = "Thank you for calling. How can I help you today?"


def new_tool_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


@dataclass(slots=True)
class Conversation:
    """What was said so far; Vapi sends it along with everything."""

    vapi_id: str
    sid: str
    caller: str
    shop_number: str
    phone_number_id: str
    assistant_id: str
    began: float
    heard: list[Json] = field(default_factory=list)

    def said(self, role: str, text: str, milliseconds: int) -> None:
        self._add({"role": role, "message": text, "time": milliseconds, "endTime": milliseconds + 900})

    def asked_tool(self, calls: list[Json], milliseconds: int) -> None:
        self._add({"role": "tool_calls", "toolCalls": calls, "message": "", "time": milliseconds})

    def tool_answered(self, tool_call_id: str, name: str, result: str, milliseconds: int) -> None:
        self._add({"role": "tool_call_result", "toolCallId": tool_call_id, "name": name, "result": result, "time": milliseconds})

    def _add(self, turn: Json) -> None:
        self.heard.append(turn | {"secondsFromStart": round(turn["time"] / 1000 - self.began, 3)})

    @property
    def transcript(self) -> str:
        who = {"bot": "AI", "user": "User"}
        return "".join(f"{who[turn['role']]}: {turn['message']}\n" for turn in self.heard if turn["role"] in who)

    def message(self, kind: str, milliseconds: int, call_status: str = "in-progress", **what: Any) -> Json:
        """Return a server message of that type."""
        customer = {"number": self.caller}
        variables = {"twilio_call_sid": self.sid}
        began = _iso(self.began)
        return {
            "message": {
                "timestamp": milliseconds,
                "call": {
                    "id": self.vapi_id,
                    "orgId": "c5e63a82-371d-4063-9d0f-704fc17b1d07",
                    "createdAt": began,
                    "updatedAt": began,
                    "type": "inboundPhoneCall",
                    "status": call_status,
                    "phoneCallProvider": "twilio",
                    "phoneCallProviderId": self.sid,
                    "phoneCallTransport": "pstn",
                    "phoneNumberId": self.phone_number_id,
                    "assistantId": self.assistant_id,
                    "customer": customer,
                    "assistantOverrides": {"variableValues": variables, "metadata": variables},
                    "transport": {"provider": "twilio", "conversationType": "voice", "callSid": self.sid},
                },
                "phoneNumber": {
                    "id": self.phone_number_id,
                    "provider": "twilio",
                    "number": self.shop_number,
                    "name": "Front desk",
                    "status": "active",
                },
                "customer": customer,
                "assistant": {
                    "name": "Front desk",
                    "firstMessage": GREETING,
                    "model": {"provider": "openai", "model": "gpt-4.1"},
                },
                "artifact": {"messages": list(self.heard)},
                "type": kind,
                **what,
            }
        }

    def transcript_of(self, words: str, milliseconds: int, *, final: bool) -> Json:
        how = "final" if final else "partial"
        kind = 'transcript[transcriptType="final"]' if final else "transcript"
        return self.message(kind, milliseconds, role="user", transcriptType=how, transcript=words)

    def conversation_update(self, milliseconds: int) -> Json:
        roles = {"bot": "assistant", "user": "user"}
        plain = [{"role": roles[turn["role"]], "content": turn["message"]} for turn in self.heard if turn["role"] in roles]
        return self.message("conversation-update", milliseconds, messages=list(self.heard), messagesOpenAIFormatted=plain)

    def interrupted(self, milliseconds: int) -> Json:
        return self.message("user-interrupted", milliseconds, turnId=str(uuid4()))

    def tool_calls(self, calls: list[Json], milliseconds: int) -> Json:
        described = [
            {
                "type": "function",
                "async": False,
                "function": {"name": each["function"]["name"], "parameters": {"type": "object", "properties": {}}},
                "toolCall": each,
            }
            for each in calls
        ]
        return self.message("tool-calls", milliseconds, toolCalls=calls, toolCallList=calls, toolWithToolCallList=described)

    def function_call(self, call: Json, milliseconds: int) -> Json:
        """The legacy message: no id of its own, and an ISO time."""
        arguments = call["function"]["arguments"]
        parameters = json.loads(arguments) if isinstance(arguments, str) else arguments
        message = self.message(
            "function-call", milliseconds, functionCall={"name": call["function"]["name"], "parameters": parameters}
        )
        message["message"]["timestamp"] = _iso(milliseconds / 1000)
        return message

    def report(self, milliseconds: int, *, reason: str, summary: str) -> Json:
        message = self.message(
            "end-of-call-report",
            milliseconds,
            call_status="ended",
            endedReason=reason,
            startedAt=_iso(self.began),
            endedAt=_iso(milliseconds / 1000),
            cost=0.1184,
            analysis={"summary": summary, "successEvaluation": "true"} if summary else {},
        )
        recording = f"https://storage.vapi.ai/{self.vapi_id}-mono.wav"
        message["message"]["artifact"] |= {"transcript": self.transcript, "recordingUrl": recording}
        return message


def tool_call(name: str, arguments: Json, *, as_text: bool, tool_call_id: str) -> Json:
    """One call; its arguments are an object or a string of JSON: both have been seen."""
    given = json.dumps(arguments) if as_text else arguments
    return {"id": tool_call_id, "type": "function", "function": {"name": name, "arguments": given}}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
