"""The JSON Schema of a tool's parameters, from the serializer that validates them."""

from typing import Any

from rest_framework import serializers

JsonSchema = dict[str, Any]

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str], ...] = (
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.ChoiceField, "string"),
    (serializers.CharField, "string"),
)


def of(serializer: serializers.Serializer[Any]) -> JsonSchema:
    """Return the schema as an OpenAI-style function declaration wants it."""
    fields = serializer.fields
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def _property(field: serializers.Field[Any, Any, Any, Any]) -> JsonSchema:
    kind = next(name for known, name in _TYPES if isinstance(field, known))
    schema: JsonSchema = {"type": kind, "description": str(field.help_text)}
    if isinstance(field, serializers.ChoiceField):
        schema["enum"] = list(field.choices)
    return schema
