"""Many callers at once over plain keep-alive connections, with as little work on this side as possible."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SECRET = "demo-webhook-secret"
HEADERS = {"content-type": "application/json", "x-vapi-secret": SECRET}


@dataclass
class Timing:
    """Milliseconds of each answer, and how long all of them took together."""

    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds


Check = Callable[[int, dict[str, Any]], str]


def say(url: str, path: str, bodies: Sequence[dict[str, Any]], *, callers: int, check: Check, pause: float = 0.0) -> Timing:
    """Post every body once, `callers` at a time; `check` returns what is wrong with an answer, or "".

    `pause` is how many seconds a caller is silent between two answers.
    """
    timing, lock, turn = Timing(), threading.Lock(), iter(bodies)

    def caller() -> None:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        while True:
            with lock:
                body = next(turn, None)
            if body is None:
                connection.close()
                return
            raw = json.dumps(body)
            begun = time.perf_counter()
            connection.request("POST", path, raw, HEADERS)
            response = connection.getresponse()
            answer = response.read()
            took = (time.perf_counter() - begun) * 1000
            problem = check(response.status, json.loads(answer) if response.status == 200 else {})
            with lock:
                timing.milliseconds.append(took)
                if problem:
                    timing.wrong.append(problem)
            time.sleep(pause)

    threads = [threading.Thread(target=caller) for _ in range(callers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timing.seconds = time.perf_counter() - begun
    return timing


def tool_message(name: str, arguments: dict[str, Any], *, call: str) -> dict[str, Any]:
    """A tool-calls message of the size and shape Vapi sends, with the conversation it carries."""
    history = [
        {"role": "bot", "message": "Hello, this is ABC HVAC. How can I help?", "time": 1787241601200, "secondsFromStart": 1.2},
        {"role": "user", "message": "I need somebody for my furnace next week.", "time": 1787241605200, "secondsFromStart": 5.2},
    ] * 5
    return {
        "message": {
            "type": "tool-calls",
            "timestamp": round(time.time() * 1000),
            "call": {"id": call, "type": "inboundPhoneCall", "customer": {"number": "+12125550300"}},
            "phoneNumber": {"number": "+12125550100"},
            "customer": {"number": "+12125550300"},
            "artifact": {"messages": history},
            "toolCallList": [{"id": f"call_{call}", "type": "function", "function": {"name": name, "arguments": arguments}}],
        }
    }


def beginning(message: dict[str, Any]) -> dict[str, Any]:
    """The message with which Vapi reports that the call of a tool message has begun."""
    told = {name: message["message"][name] for name in ("call", "phoneNumber", "customer")}
    return {"message": {**told, "type": "status-update", "status": "in-progress"}}


def state_of(answer: dict[str, Any]) -> str:
    state: str = json.loads(answer["results"][0]["result"])["state"]
    return state
