"""Structured logs that may be shown to anybody: one JSON object a line, no phone number, token or transcript in it.

Redaction is by the name of a key and by the shape of a value, so that a careless `log.info(..., body=...)` is masked too.
"""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[redacted]"
_SECRET_KEY = re.compile(
    r"(token|secret|password|authorization|api_?key|signature|cookie|credential|transcript|recording|phone|number|"
    r"caller|customer_?name|address|body|listen_?url|control_?url|presigned|refresh|^headers$|^code$|^from$|^to$)",
    re.IGNORECASE,
)
_HARMLESS_KEY = frozenset({"code", "status_code", "message_number", "number_of", "error_code", "token_expires_at"})
_PHONE = re.compile(r"(?<![\w.:/-])\+?\d[\d ().-]{8,17}\d(?![\w:/-])")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
_GOOGLE_TOKEN = re.compile(r"\b(ya29\.|1//)[\w.-]+")
_QUERY_SECRET = re.compile(r"(?i)([?&](?:code|token|state|access_token|refresh_token|sig\w*|X-Amz-\w+)=)[^&\s\"']+")

_LINK = re.compile(r"(/invitation/)[^/?\s\"']+")  # who has the address may use it


# PostgreSQL quotes the row or the text it refused.
_ROW_VALUES = re.compile(r"^((?:DETAIL|CONTEXT):).*$", re.MULTILINE)


def scrub(value: Any) -> Any:
    """Return `value` with what looks like a phone number, a token or a secret masked, whatever its depth."""
    if isinstance(value, str):
        value = _BEARER.sub(MASK, value)
        value = _GOOGLE_TOKEN.sub(MASK, value)
        value = _QUERY_SECRET.sub(rf"\1{MASK}", value)
        value = _LINK.sub(rf"\1{MASK}", value)
        return _PHONE.sub(MASK, value)
    if isinstance(value, Mapping):
        return {key: MASK if _is_secret(str(key)) and item else scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


def _is_secret(key: str) -> bool:
    return key.lower() not in _HARMLESS_KEY and _SECRET_KEY.search(key) is not None


_OWN_KEYS = frozenset({"event", "level", "logger", "timestamp", "request_id", "call", "task_id", "exception"})


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask what must not be read, in every value of the event; a structlog processor."""
    if isinstance(path := event.get("request"), str):
        event["request"] = path.partition("?")[0]  # what somebody searched for is a name or a number
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = _ROW_VALUES.sub(rf"\1 {MASK}", trace)
    return {
        key: (scrub(value) if key in _OWN_KEYS else MASK if _is_secret(key) and value else scrub(value))
        for key, value in event.items()
    }


def _drop_beginnings(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """One line a request: the one at its end says everything the one at its beginning would."""
    if event.get("event") == "request_started":
        raise structlog.DropEvent
    return event


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def configure(*, level: str = "INFO", human: bool = False) -> dict[str, Any]:
    """Set structlog up and return the LOGGING dictionary that sends the standard library's records the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _drop_beginnings,
            *_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = structlog.dev.ConsoleRenderer(colors=False) if human else structlog.processors.JSONRenderer(default=str)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _processors(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # These name URLs, headers or arguments that carry numbers and tokens; what matters of them is logged by us.
            "httpx": {"level": "WARNING"},
            "twilio.http_client": {"level": "WARNING"},
            "googleapiclient.discovery_cache": {"level": "ERROR"},
            "googleapiclient.discovery": {"level": "WARNING"},
            "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        },
    }
