"""Forms of the set-up: fields as an owner thinks of them, and what is wrong with them in an owner's words."""

import difflib
import re
import zoneinfo
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from bookings import speech
from bookings.models import Weekday
from bookings.services import holidays
from bookings.services.places import place_of
from desk.admin.base import OwnShopForm

_AREA_CODE = re.compile(r"\d{5}|\d{1,4}\*")
MONTHS = [
    (1, "January"), (2, "February"), (3, "March"), (4, "April"), (5, "May"), (6, "June"),
    (7, "July"), (8, "August"), (9, "September"), (10, "October"), (11, "November"), (12, "December"),
]  # fmt: skip


class InARow(UnfoldAdminCheckboxSelectMultipleWidget):  # type: ignore[misc]
    """Checkboxes beside each other, in as many lines as it takes."""

    template_name = "desk/widgets/in_a_row.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["when_empty"] = "None to choose from yet"
        return context


def weekdays_field(help_text: str) -> forms.TypedMultipleChoiceField:
    """Return seven checkboxes for a list of weekdays."""
    return forms.TypedMultipleChoiceField(
        choices=Weekday.choices,
        coerce=int,
        initial=list(range(7)),
        widget=InARow,
        help_text=help_text,
        error_messages={"required": "Choose at least one day."},
    )


def month_field(**kwargs: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=MONTHS, coerce=int, widget=UnfoldAdminSelectWidget, **kwargs)


def check_zip(code: str) -> str:
    """Return a ZIP code that can be found on the map; "" stays ""."""
    code = code.strip()
    if code and place_of(code) is None:
        raise ValidationError(
            "%(code)s is no ZIP code we can find on the map, so no drive could be reckoned. Check its five digits.",
            params={"code": code},
        )
    return code


def check_zone(name: str) -> str:
    """Return the name of a time zone; a city says which one may be meant."""
    known = zoneinfo.available_timezones()
    name = name.strip()
    if name in known:
        return name
    asked = name.replace(" ", "_").casefold()
    meant = sorted(each for each in known if each.rsplit("/", 1)[-1].casefold() == asked and "/" in each)
    close = meant or difflib.get_close_matches(name, known, n=1)
    ask = f" Do you mean {close[0]}?" if close else ""
    raise ValidationError(f"{name} is not a time zone such as America/New_York.{ask}")


class ShopForm(OwnShopForm):
    class Meta:
        labels = {
            "fallback_number": "Dispatcher's number",
            "timezone": "Time zone",
            "region": "State or province",
            "holidays_closed": "Closed on",
            "lead_minutes": "Lead time (minutes)",
            "horizon_days": "Days ahead",
            "same_day_cutoff": "Same-day cutoff",
            "slot_step_minutes": "Start times every (minutes)",
            "round_minutes": "Round lengths up to (minutes)",
            "latest_start_percent": "Leeway in the window (%)",
            "hold_minutes": "Hold a time for (minutes)",
            "offer_minutes": "Offers are good for (minutes)",
            "urgent_phrases": "Words that mean urgent",
            "calendar_stale_minutes": "Calendar too old after (minutes)",
            "when_stale": "When a calendar cannot be seen",
            "recheck_seconds": "Check again when older than (seconds)",
            "tentative_is_busy": "Tentative events take time",
            "technician_moves": "When a technician moves a visit",
            "event_details": "What events in Google say",
            "road_factor_percent": "Road over straight line (%)",
            "longest_drive_minutes": "Longest drive (minutes)",
            "weigh_drive": "Additional driving",
            "weigh_load": "A day that is full",
            "weigh_skill": "Specialist on plain work",
            "weigh_usual": "Customer's usual technician",
            "weigh_continuity": "Was there last time",
            "continuity_days": "Last time is within (days)",
            "keep_days": "Keep records for (days)",
            "transcript_days": "Keep transcripts for (days)",
            "recording_days": "Keep recordings for (days)",
            "languages": "The assistant speaks",
            "retraction_words": "Words that take back",
            "ai_disclosure": "Says that it is a machine",
            "recording_disclosure": "Says that it records",
            "house_rules": "House rules",
            "assistant_voice": "Voice",
            "intent_confidence": "Least confidence (%)",
            "alarm_seconds": "Tell the next one after (seconds)",
            "ring_seconds": "Each rings for (seconds)",
        }
        help_texts = {
            "languages": "",
            "record_calls": "Only then does the assistant say so",
            "intent_confidence": "Words the speech recognition is less sure of do not count, where it says how sure it is",
        }

    def clean_greeting(self) -> str:
        greeting: str = self.cleaned_data["greeting"].strip()
        if set("{}") & set(greeting.replace("{shop}", "")):
            raise ValidationError("Only {shop} may stand in braces: the shop's name takes its place.")
        return greeting

    def clean_timezone(self) -> str:
        return check_zone(self.cleaned_data["timezone"])

    def clean_zip_code(self) -> str:
        return check_zip(self.cleaned_data["zip_code"])

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise ValidationError("%(code)s is no country code such as US or CA.", params={"code": country})
        return country

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"].strip().upper()
        return region

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        country, region = cleaned.get("country"), cleaned.get("region", "")
        names = [line.strip() for line in cleaned.get("holidays_closed", "").splitlines() if line.strip()]
        if not country or not (names or region):
            return cleaned
        problem = holidays.problem_with(country, region)
        if problem:
            self.add_error("region" if holidays.problem_with(country, "") == "" else "country", problem)
            return cleaned
        year = timezone.now().year
        strange = [name for name in names if not _falls_in(country, region, name, year)]
        if strange:
            where = f"{region}, {country}" if region else country
            self.add_error(
                "holidays_closed",
                f"No public holiday of {where} is called so in {year}: {speech.listed(strange, last='and')}. "
                "Check the spelling, or enter the day under Closed days.",
            )
        return cleaned


def _falls_in(country: str, region: str, name: str, year: int) -> bool:
    return any(on.year == year for on in holidays.closed_on(country, region, name, year))


class TechnicianForm(OwnShopForm):
    def clean_home_zip(self) -> str:
        return check_zip(self.cleaned_data["home_zip"])


class ServiceTypeForm(OwnShopForm):
    class Meta:
        labels = {
            "minutes": "Usual (minutes)",
            "minutes_least": "Shortest (minutes)",
            "minutes_most": "Longest (minutes)",
            "days": "Days in a row",
            "setup_minutes": "Free before (minutes)",
            "buffer_minutes": "Free after (minutes)",
            "arrival_minutes": "Arrival window (minutes)",
        }


class ServiceAreaForm(OwnShopForm):
    weekdays = weekdays_field("Days on which it is served")

    def clean_zip_codes(self) -> str:
        text: str = self.cleaned_data["zip_codes"]
        wrong = [code for code in text.replace(",", " ").split() if not _AREA_CODE.fullmatch(code)]
        if wrong:
            raise ValidationError(
                f"{speech.listed(wrong, last='and')}: write ZIP codes as five digits (10001), or their beginning with a star "
                "(104*), with commas or spaces between them."
            )
        return text


class HoldbackForm(OwnShopForm):
    first_month = month_field(initial=1)
    last_month = month_field(initial=12, help_text="May come before the first: November to February")
    weekdays = weekdays_field("Days on which hours are held back")
