"""Requests (and, in tests, answers) against Google's discovery document that ships with google-api-python-client.

Owns shapes: names, types, formats, ranges, what is required. What a value means is the methods' business.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from multidict import MultiMapping

from sandbox.google.errors import GoogleError, invalid, required

Json = dict[str, Any]
SCOPE_PREFIX = "https://www.googleapis.com/auth/"
# Accepted by every Google API beside those of the document.
GOOGLE_WIDE = {"access_token", "callback", "uploadType", "upload_protocol", "$.xgafv", "passwd"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Method:
    id: str
    http: str
    path: str
    params: Json
    scopes: frozenset[str]  # short names, without the prefix
    body: str | None  # the schema's name


@cache
def document() -> Json:
    source = files("googleapiclient.discovery_cache") / "documents" / "calendar.v3.json"
    loaded: Json = json.loads(source.read_text("utf-8"))
    return loaded


@cache
def methods() -> Mapping[str, Method]:
    found = {}
    for resource in document()["resources"].values():
        for each in resource.get("methods", {}).values():
            found[each["id"]] = Method(
                id=each["id"],
                http=each["httpMethod"],
                path=each["path"],
                params=each.get("parameters", {}),
                scopes=frozenset(scope.removeprefix(SCOPE_PREFIX) for scope in each.get("scopes", [])),
                body=each.get("request", {}).get("$ref"),
            )
    return found


def known_scopes() -> set[str]:
    return set(document()["auth"]["oauth2"]["scopes"])


def read_query(method: Method, query: MultiMapping[str]) -> Json:
    """The query as typed values, defaults filled in; path parameters are left to the router."""
    allowed = {name: spec for name, spec in method.params.items() if spec["location"] == "query"}
    read: Json = {}
    for name in query:
        if name in read:
            continue
        spec = allowed.get(name)
        if spec is None:
            if name not in document()["parameters"] and name not in GOOGLE_WIDE:
                raise invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                    f"Field '{name}' could not be found in request message.",
                    location=name,
                    reason="badRequest",
                )
            continue
        values = [_parameter(name, spec, value) for value in query.getall(name)]
        if len(values) > 1 and not spec.get("repeated"):
            raise invalid(f"Parameter '{name}' may be given only once.", location=name, reason="invalidParameter")
        read[name] = values if spec.get("repeated") else values[0]
    for name, spec in allowed.items():
        if spec.get("required") and name not in read:
            raise GoogleError(400, "required", f"Required parameter: {name}", location=name)
        if "default" in spec:
            read.setdefault(name, _parameter(name, spec, spec["default"]))
    return read


def _parameter(name: str, spec: Json, value: str) -> Any:
    wrong = invalid(f"Invalid value '{value}' for parameter '{name}'.", location=name, reason="invalidParameter")
    if "enum" in spec and value not in spec["enum"]:
        raise wrong
    match spec["type"]:
        case "boolean":
            if value not in ("true", "false"):
                raise wrong
            return value == "true"
        case "integer":
            if not re.fullmatch(r"-?\d{1,10}", value):
                raise wrong
            number = int(value)
            if number < int(spec.get("minimum", -(2**31))) or number > int(spec.get("maximum", 2**31 - 1)):
                raise wrong
            return number
        case "string" if spec.get("format") == "date-time":
            # "Must be an RFC3339 timestamp with mandatory time zone offset."
            if not RFC3339.fullmatch(value) or (moment := _moment(value)) is None or moment.tzinfo is None:
                raise wrong
            return moment.replace(microsecond=0)
        case _:
            return value


def check_body(method: Method, body: Json, *, partial: bool) -> None:
    """`partial`: a patch, where null takes a field away and nothing is required."""
    if method.body is None:
        return
    schema = document()["schemas"][method.body]
    check(schema, body, "", null=partial)
    if not partial:
        for name, spec in schema["properties"].items():
            if method.id in spec.get("annotations", {}).get("required", ()) and body.get(name) is None:
                raise required(f"Missing {name} time." if name in ("start", "end") else f"Missing {name}.")


def check(schema: Json, value: Any, where: str, *, null: bool = False) -> None:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if value is None and (null or not where):
        return
    if value is None:
        raise _wrong(schema.get("type", "object"), value, where)
    match schema.get("type"):
        case "object":
            _check_object(schema, value, where, null=null)
        case "array":
            if not isinstance(value, list):
                raise _wrong("list", value, where)
            for index, item in enumerate(value):
                check(schema["items"], item, f"{where}[{index}]")
        case kind:
            _check_scalar(kind or "any", schema, value, where)


def _check_object(schema: Json, value: Any, where: str, *, null: bool) -> None:
    if not isinstance(value, dict):
        raise _wrong("object", value, where)
    known, extra = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        spec = known.get(name, extra)
        inside = f"{where}.{name}" if where else name
        if spec is None:
            at = f" at '{where}'" if where else ""
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.', reason="badRequest")
        check(spec, item, inside, null=null)


def _check_scalar(kind: str, schema: Json, value: Any, where: str) -> None:
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31,
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }.get(kind, True)
    if fits and kind == "string":
        match schema.get("format"):
            case "date":
                fits = bool(DATE.fullmatch(value)) and _day(value) is not None
            case "date-time":
                fits = bool(RFC3339.fullmatch(value)) and _moment(value) is not None
            case "int64":
                fits = bool(re.fullmatch(r"-?\d{1,19}", value))
    if not fits:
        raise _wrong(schema.get("format", kind), value, where)


def _wrong(kind: str, value: Any, where: str) -> GoogleError:
    return invalid(f"Invalid value at '{where}' ({kind}), {json.dumps(value)[:80]}", reason="badRequest")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
