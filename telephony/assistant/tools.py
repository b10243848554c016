"""The tools as Vapi takes them, from the table that runs them: a tool that is added there is offered here."""

from typing import Any

from django.conf import settings

from telephony.assistant import words
from telephony.tools import schemas
from telephony.tools.run import TOOLS

Json = dict[str, Any]

# The seed article's names, for assistants that already use them; beside ours they would only confuse the model.
OLDER = "schedule"
_PATH = "/webhook/vapi"
# Where a request is from. The model does not see them and cannot change them; the webhook reads them where Vapi's message
# itself does not say.
_STATIC = [
    {"key": "callId", "value": "{{ call.id }}"},
    {"key": "callerNumber", "value": "{{ customer.number }}"},
]


def offered() -> list[str]:
    """Return the names of the tools the assistant is given."""
    return [name for name in TOOLS if not name.startswith(OLDER)]


def build(spoken: tuple[str, ...]) -> list[Json]:
    """Return every tool with its schema, phrases, static parameters and server, and Vapi's own to end the call."""
    functions = [
        {
            "type": "function",
            "async": False,  # the caller has to hear the answer
            "function": {
                "name": name,
                "description": TOOLS[name].description,
                "parameters": schemas.of(TOOLS[name].takes),
            },
            "messages": words.messages_of(name, spoken),
            "parameters": _STATIC,
            "server": server_of_tools(),
        }
        for name in offered()
    ]
    goodbye = {"type": "request-start", **words.content(words.GOODBYE, spoken)}
    return [*functions, {"type": "endCall", "messages": [goodbye]}]


def server_of_tools() -> Json:
    """Return the server a caller waits for: our statements end after 8 s, and a second try finds the first one's answer."""
    return _server(seconds=10, plan="fixed", tries=1)


def server_of_messages() -> Json:
    """Return the server that is told what happened: nobody waits, and a report must survive our restart."""
    return _server(seconds=20, plan="exponential", tries=4)


def _server(*, seconds: int, plan: str, tries: int) -> Json:
    return {
        "url": f"{settings.SERVER_URL}{_PATH}",
        "timeoutSeconds": seconds,
        # A credential by its id. Whatever stands in an assistant's body is read back by whoever may read the assistant, and
        # has been seen in the bodies of webhooks: no secret ever does.
        "credentialId": settings.VAPI_CREDENTIAL_ID,
        # Requests are answered once each however often they come; what was refused will be refused again.
        "backoffPlan": {"type": plan, "maxRetries": tries, "baseDelaySeconds": 1, "excludedStatusCodes": [400, 401]},
    }
