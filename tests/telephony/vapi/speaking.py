"""Speaks to /webhook/vapi as Vapi does: its message shapes and its four credentials."""

import copy
import hashlib
import hmac
import json
import pathlib

PAYLOADS = pathlib.Path(__file__).parents[2] / "payloads" / "vapi"
SECRET = "demo-webhook-secret"


def payload(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def signed(body, stamp, secret=SECRET):
    """Vapi's default HMAC credential."""
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-signature": signature, "x-timestamp": str(stamp)}


def body_signed(body, secret=SECRET):
    return {"x-vapi-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def post(client, message, headers=None):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    headers = {"x-vapi-secret": SECRET} if headers is None else headers
    return client.post("/webhook/vapi", data=body, content_type="application/json", headers=headers)


def tool_message(*tools, call="0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e", at=None, number="+12125550100", caller="+14155550142"):
    """A tool-calls message of the wire's shape; each tool is (id, name, arguments)."""
    items = [{"id": tid, "type": "function", "function": {"name": name, "arguments": args}} for tid, name, args in tools]
    message = {
        "type": "tool-calls",
        "call": {"id": call, "customer": {"number": caller}},
        "phoneNumber": {"number": number},
        "customer": {"number": caller},
        "toolCallList": items,
    }
    if at is not None:
        message["timestamp"] = round(at.timestamp() * 1000)
    return {"message": copy.deepcopy(message)}


def answers(response):
    """The parsed results of a tool-calls answer."""
    assert response.status_code == 200, response.content
    results = response.json()["results"]
    assert all("\n" not in each["result"] and "error" not in each for each in results)
    return [json.loads(each["result"]) for each in results]


def ask(client, name, arguments, tid="call_1", **options):
    return answers(post(client, tool_message((tid, name, arguments), **options)))[0]
