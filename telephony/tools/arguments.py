"""What each tool takes: one serializer a tool, which validates the arguments and is the source of its JSON Schema.

Names are Vapi's camelCase. A field's `help_text` is what the model reads; its `label` is what the caller is asked for, in the
caller's language.
"""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from telephony.models import Danger

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WINDOWS = ("morning", "afternoon", "evening")
URGENCIES = ("routine", "urgent", "emergency")
# "Mañana por la tarde" is an afternoon: what is more than the morning goes first.
_WINDOW_WORDS = {
    **{window: window for window in WINDOWS}, "noche": "evening", "tarde": "afternoon", "mañana": "morning", "manana": "morning",
}  # fmt: skip


class LenientCharField(serializers.CharField):
    """Text as a speech model sends it: numbers pass, null is nothing, the too long is cut."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        self.longest = longest
        options.setdefault("allow_blank", not options.get("required", True))
        options.setdefault("allow_null", not options.get("required", True))
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, list):
            data = ", ".join(str(each) for each in data)
        elif isinstance(data, float) and data.is_integer():
            data = int(data)
        if not self.required and not isinstance(data, str | int | float):
            return ""
        text: str = super().to_internal_value(str(data) if isinstance(data, bool | int | float) else data)
        return text[: self.longest]


class _MinutesField(serializers.IntegerField):
    """A length in minutes; what cannot be read as one counts as not said, for no caller knows it."""

    def to_internal_value(self, data: Any) -> int | None:  # type: ignore[override]
        if isinstance(data, bool):
            return None
        try:
            return round(float(data))
        except (TypeError, ValueError, OverflowError):
            return None


class _YearsField(_MinutesField):
    """An age in years, between nothing and a century."""

    def to_internal_value(self, data: Any) -> int | None:  # type: ignore[override]
        years = super().to_internal_value(data)
        return years if years is not None and 0 <= years <= 100 else None


class _FlagField(serializers.BooleanField):
    """Yes or no; anything else is no."""

    def to_internal_value(self, data: Any) -> bool:
        return data is True or str(data).strip().casefold() in ("true", "yes", "1", "sí", "si")


def _service(**options: Any) -> LenientCharField:
    return LenientCharField(
        longest=200, label=_("what kind of visit it is"),
        help_text="Kind of visit in the caller's words or one of the shop's services, e.g. repair", **options,
    )  # fmt: skip


def _day(**options: Any) -> LenientCharField:
    return LenientCharField(
        longest=60,
        label=_("the day"),
        help_text="Day in the caller's own words (next Tuesday, the 5th) or as YYYY-MM-DD",
        **options,
    )


def _name() -> LenientCharField:
    return LenientCharField(longest=100, label=_("the name"), help_text="Full name of the customer")


def _phone() -> LenientCharField:
    return LenientCharField(
        longest=40, required=False, label=_("the phone number"),
        help_text="Number to call back, with area code; leave out to use the number the caller calls from",
    )  # fmt: skip


def _text(label: "_StrPromise", help_text: str, longest: int = 500) -> LenientCharField:
    return LenientCharField(longest=longest, required=False, label=label, help_text=help_text)


class _WindowField(serializers.ChoiceField):
    """A part of the day; whatever else a model says for it ("any", "all day") asks for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=WINDOWS, **options)

    def to_internal_value(self, data: Any) -> str:
        said = str(data or "").casefold()
        return next((window for word, window in _WINDOW_WORDS.items() if word in said), "")


class _UrgencyField(serializers.ChoiceField):
    """How soon somebody has to come; whatever else is said is routine."""

    def __init__(self) -> None:
        super().__init__(
            choices=URGENCIES, required=False, allow_null=True, allow_blank=True, label=_("how urgent it is"),
            help_text="urgent: no heat or cooling, water leaking; emergency: somebody or the property is at risk",
        )  # fmt: skip

    def to_internal_value(self, data: Any) -> str:
        said = str(data or "").casefold()
        return next((each for each in reversed(URGENCIES) if each in said.replace("emergencia", "emergency")), "")


def _equipment() -> LenientCharField:
    return _text(_("the equipment"), "Kind of equipment: furnace, boiler, heat pump, air conditioner, mini-split", 100)


def _years() -> _YearsField:
    return _YearsField(required=False, allow_null=True, label=_("its age"), help_text="Age of the equipment in years, if known")


def _window(**options: Any) -> _WindowField:
    return _WindowField(label=_("the part of the day"), help_text="Part of the day the caller prefers", **options)


class _LanguageField(serializers.ChoiceField):
    """The language the caller speaks; telephony.tools.run reads it before anything else is looked at."""

    def __init__(self) -> None:
        super().__init__(
            choices=("en", "es"), required=False, allow_null=True, allow_blank=True, label=_("the language"),
            help_text="Language the caller speaks",
        )  # fmt: skip

    def to_internal_value(self, data: Any) -> str:
        return str(data or "").strip().casefold()[:2]


class ToolArguments(serializers.Serializer[Any]):
    """What every tool takes."""

    language = _LanguageField()


class CheckAvailability(ToolArguments):
    serviceType = _service()
    requestedDate = _day()
    timeWindow = _window(required=False, allow_null=True, allow_blank=True)
    problem = _text(_("the problem"), "What is wrong, in the caller's own words")
    zip = _text(_("the ZIP code"), "ZIP code of the service address", 10)
    address = _text(_("the address"), "Service address: street, unit, city, ZIP", 300)
    urgency = _UrgencyField()
    equipment = _equipment()
    equipmentAge = _years()
    reference = _text(_("the reference"), "Reference of the appointment that is to be moved; leave out for a new one", 40)


class BookAppointment(ToolArguments):
    customerName = _name()
    customerPhone = _phone()
    serviceType = _service()
    scheduledDate = _text(
        _("the day and time"),
        "Chosen start: startsAt of an offered slot, or day and time in the caller's own words; not needed with slotId",
        60,
    )
    duration = _MinutesField(
        required=False, allow_null=True, label=_("the length"), help_text="Minutes of work, only when the office asked for it"
    )
    slotId = _text(_("the slot"), "slotId of the slot the caller chose", 20)
    address = _text(_("the address"), "Service address: street, unit, city, ZIP", 300)
    problem = _text(_("the problem"), "What is wrong, in the caller's own words")
    notes = _text(_("the notes"), "Gate code, pets, parking and the like")
    urgency = _UrgencyField()
    equipment = _equipment()
    equipmentAge = _years()
    another = _FlagField(
        required=False, allow_null=True, label=_("whether it is a further appointment"),
        help_text="true only when the caller wants one more appointment of the same kind beside the one just booked",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("scheduledDate") and not attrs.get("slotId"):
            raise serializers.ValidationError({"scheduledDate": serializers.ErrorDetail("missing", code="required")})
        return attrs


class ScheduleAppointment(ToolArguments):
    """The seed article's tool: a day and a part of it."""

    serviceType = _service()
    requestedDate = _day()
    timeWindow = _window(required=False, allow_null=True, allow_blank=True)
    customerName = _name()
    customerPhone = _phone()
    address = _text(_("the address"), "Service address: street, unit, city, ZIP", 300)
    problem = _text(_("the problem"), "What is wrong, in the caller's own words")
    notes = _text(_("the notes"), "Gate code, pets, parking and the like")


class HoldSlot(ToolArguments):
    slotId = LenientCharField(longest=20, label=_("which of the times"), help_text="slotId of the slot the caller chose")
    address = _text(_("the address"), "Service address, if it is known already: street, unit, city, ZIP", 300)


class _OfACaller(ToolArguments):
    """Tools about an appointment a caller has: its reference, or a fact about whose it is."""

    reference = _text(_("the reference"), "Reference of the appointment; not needed when the caller has only one", 40)
    customerName = _text(_("the name"), "Name the appointment is under, only as the caller says it in this call", 100)
    zip = _text(_("the ZIP code"), "ZIP code of the appointment's address, only as the caller says it", 10)
    address = _text(_("the address"), "Address of the appointment, only as the caller says it: house number and street", 300)


class FindAppointments(_OfACaller):
    pass


class RescheduleAppointment(_OfACaller):
    slotId = _text(_("the slot"), "slotId of the new slot the caller chose", 20)
    scheduledDate = _text(
        _("the new day and time"), "New start: startsAt of an offered slot, or in the caller's own words: same time next week", 60
    )
    timeWindow = _window(required=False, allow_null=True, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("scheduledDate") and not attrs.get("slotId"):
            raise serializers.ValidationError({"scheduledDate": serializers.ErrorDetail("missing", code="required")})
        return attrs


class CancelAppointment(_OfACaller):
    reason = _text(_("the reason"), "Why the caller cancels, if they say so", 200)
    moveOffered = _FlagField(
        required=False, allow_null=True, label=_("whether another day was offered"),
        help_text="true once you offered another day instead and the caller still wants to cancel",
    )  # fmt: skip


class TakeMessage(ToolArguments):
    message = LenientCharField(
        longest=1000, label=_("the message"), help_text="What the caller wants to know or say, in their own words"
    )
    customerName = _text(_("the name"), "Name of the caller, if they said it", 100)
    customerPhone = _phone()


class TransferToHuman(ToolArguments):
    reason = _text(_("the reason"), "Why the caller wants or needs a person, in a few words the person will hear", 300)


class _DangerField(serializers.ChoiceField):
    """A class of danger; whatever else is said for it is heard in the words beside it."""

    def __init__(self) -> None:
        super().__init__(
            choices=Danger.values, required=False, allow_null=True, allow_blank=True, label=_("the danger"),
            help_text="What it is, if you know; the gravest where it is more than one",
        )  # fmt: skip

    def to_internal_value(self, data: Any) -> str:
        return str(data)[:100]


class ReportEmergency(ToolArguments):
    """Nothing of it is required: a report is never refused."""

    danger = _DangerField()
    what = _text(_("what happened"), "What the caller says of the danger, in their own words", 1000)
