"""A shop and how it works: its policy, and the days on which it does not work.

`Shop.config_version` is raised by a database trigger whenever a row of the shop's set-up changes, so that a process may
keep a shop's set-up in memory and know when to read it again.
"""

import zoneinfo
from datetime import time

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bookings.models.usual import USUAL_HOLIDAYS, USUAL_INTENTS, USUAL_RETRACTIONS, USUAL_URGENCIES


def known_zone(name: str) -> None:
    """Refuse what the time zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not a time zone such as America/New_York.", params={"name": name})


class Weekday(models.IntegerChoices):
    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Shop(models.Model):
    class Languages(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Spanish"
        BOTH = "en-es", "English, and Spanish with whoever speaks it"

    class TechnicianMoves(models.TextChoices):
        ASK = "ask", "Ask the dispatcher"
        FOLLOW = "follow", "The visit follows where the rules allow"

    class WhenStale(models.TextChoices):
        EXCLUDE = "exclude", "Their time is not offered"
        CONFIRM = "confirm", "It is offered, and the office confirms"

    class EventDetails(models.TextChoices):
        FULL = "full", "Everything a technician needs"
        BRIEF = "brief", "Briefly"

    name = models.CharField(max_length=100)
    phone_number = models.CharField(
        max_length=20, unique=True, help_text="The number customers call, in E.164 form: +12125550100"
    )
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[known_zone])
    country = models.CharField(
        max_length=2, default="US", help_text="How a number without a country code is read, and whose holidays are kept"
    )
    region = models.CharField(max_length=6, blank=True, help_text="State or province, for its holidays: NY")
    zip_code = models.CharField(
        max_length=10, blank=True, verbose_name="ZIP code", help_text="Where the shop stands; drives are reckoned from it"
    )
    holidays_closed = models.TextField(
        default=USUAL_HOLIDAYS, blank=True, verbose_name="public holidays the shop is closed on", help_text="Names, one a line"
    )
    fallback_number = models.CharField(
        max_length=20, blank=True, help_text="Rings when the assistant cannot answer; empty: FALLBACK_DIAL_NUMBER"
    )
    vapi_phone_number_id = models.CharField(max_length=64, blank=True, help_text="Empty: VAPI_PHONE_NUMBER_ID")
    vapi_assistant_id = models.CharField(max_length=64, blank=True, help_text="Empty: VAPI_ASSISTANT_ID")

    languages = models.CharField(
        max_length=5, choices=Languages.choices, default=Languages.BOTH, help_text="The assistant speaks"
    )
    greeting = models.CharField(
        max_length=300,
        default="Thank you for calling {shop}.",
        help_text="The first words of each call; {shop} is the shop's name",
    )
    ai_disclosure = models.CharField(
        max_length=300,
        default="I'm the automated assistant.",
        verbose_name="says that it is a machine",
        help_text="Follows the greeting; some states require it",
    )
    record_calls = models.BooleanField(default=True)
    recording_disclosure = models.CharField(
        max_length=300,
        default="This call is recorded.",
        verbose_name="says that the call is recorded",
        help_text="Follows, when calls are recorded; about a dozen states require it",
    )
    house_rules = models.TextField(
        blank=True,
        help_text="What else the assistant may say, one a line: We don't service oil tanks. Parking is behind the house.",
    )
    assistant_voice = models.CharField(max_length=40, default="Elliot", help_text="The name of one of Vapi's voices")
    transcript_days = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(1)],
        help_text="Transcripts, summaries and timelines are deleted after so many days",
    )
    recording_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Recordings are deleted, also at Vapi and Twilio, after so many days",
    )
    intent_words = models.TextField(
        default=USUAL_INTENTS,
        blank=True,
        verbose_name="words that ask for a visit",
        help_text="Nothing is booked before the caller used one of them or accepted an offer, one a line; empty: not checked",
    )
    retraction_words = models.TextField(
        default=USUAL_RETRACTIONS,
        blank=True,
        verbose_name="words that take something back",
        help_text="What was asked for before them and is not booked yet is not booked any more, one a line",
    )
    intent_confidence = models.PositiveSmallIntegerField(
        default=60,
        validators=[MaxValueValidator(100)],
        verbose_name="least confidence",
        help_text="Percent: words the speech recognition is less sure of do not count, where it says how sure it is",
    )

    morning_starts = models.TimeField(default=time(8))
    afternoon_starts = models.TimeField(default=time(12))
    evening_starts = models.TimeField(default=time(17))
    evening_ends = models.TimeField(default=time(20))

    horizon_days = models.PositiveSmallIntegerField(default=60, help_text="How far ahead a visit can be booked")
    lead_minutes = models.PositiveSmallIntegerField(default=60, help_text="The soonest start, from now")
    urgent_phrases = models.TextField(
        default=USUAL_URGENCIES,
        blank=True,
        help_text="A problem that has one of these words in it is urgent, one a line: it may use overtime and held-back hours",
    )
    same_day_cutoff = models.TimeField(
        null=True, blank=True, help_text="From this time on only urgent work is booked for the same day; empty: never"
    )
    slot_step_minutes = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text="Offered starts are this far apart",
    )
    round_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(60)], help_text="Lengths are rounded up to these"
    )
    latest_start_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="How far into the promised window a visit may be planned to begin; 0: at its start, and all of it is leeway",
    )
    offer_minutes = models.PositiveSmallIntegerField(default=60, help_text="How long an offered slot id is known")
    hold_minutes = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="How long a chosen time is held for a caller",
    )
    calendar_stale_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="A Google Calendar that could not be read for this long is not believed any more"
    )
    when_stale = models.CharField(
        max_length=7,
        choices=WhenStale.choices,
        default=WhenStale.EXCLUDE,
        verbose_name="when a calendar cannot be seen",
        help_text="A technician's connected calendar that could not be read for too long, was never read, or not that far",
    )
    recheck_seconds = models.PositiveSmallIntegerField(
        default=120,
        verbose_name="seconds after which a booking is checked in Google",
        help_text="Look at Google again right after a booking when our picture is older than this; 0: never",
    )
    tentative_is_busy = models.BooleanField(
        default=True, verbose_name="tentative events take time", help_text="Of what is in technicians' own calendars"
    )
    technician_moves = models.CharField(
        max_length=6,
        choices=TechnicianMoves.choices,
        default=TechnicianMoves.ASK,
        verbose_name="when a technician moves a visit in Google",
        help_text="Outside what the customer was promised. Within it, the visit follows in any case",
    )
    event_details = models.CharField(
        max_length=5,
        choices=EventDetails.choices,
        default=EventDetails.FULL,
        verbose_name="what events in Google say",
        help_text="Briefly: no name, number or problem of the customer, for calendars that others see",
    )
    confirm_by_text = models.BooleanField(default=True, help_text="Send a confirmation text after a booking")

    road_factor_percent = models.PositiveSmallIntegerField(
        default=130, validators=[MinValueValidator(100), MaxValueValidator(300)], help_text="Road over straight line"
    )
    drive_mph = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(3), MaxValueValidator(100)], verbose_name="miles an hour",
        help_text="Usual speed between jobs, with parking",
    )  # fmt: skip
    longest_drive_minutes = models.PositiveSmallIntegerField(default=90, help_text="Nobody is sent on a longer way")

    weigh_drive = models.PositiveSmallIntegerField(default=10, help_text="Against each half hour of additional driving")
    weigh_load = models.PositiveSmallIntegerField(default=10, help_text="Against a day that is full already")
    weigh_skill = models.PositiveSmallIntegerField(default=3, help_text="Against sending a specialist where others would do")
    weigh_usual = models.PositiveSmallIntegerField(default=8, help_text="For the technician the customer usually has")
    weigh_continuity = models.PositiveSmallIntegerField(default=15, help_text="For whoever was there last for the same work")
    continuity_days = models.PositiveSmallIntegerField(default=30, help_text="How long ago that may have been")

    alarm_seconds = models.PositiveSmallIntegerField(
        default=120,
        validators=[MinValueValidator(20), MaxValueValidator(1800)],
        verbose_name="seconds to acknowledge an emergency",
        help_text="After so long without an answer the next person on call is told",
    )
    ring_seconds = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(10), MaxValueValidator(60)],
        help_text="How long each person rings before the next one does",
    )
    correct_by_text = models.BooleanField(
        default=False,
        verbose_name="correct what was said by text",
        help_text="A customer who was told another time than stands, or nothing of a booking or its fee, is sent what stands",
    )

    keep_days = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(2)],
        help_text="Offers, holds that ran out, answers of tools and searches are deleted after this many days",
    )

    config_version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shop_windows_in_order",
                condition=Q(morning_starts__lt=F("afternoon_starts"))
                & Q(afternoon_starts__lt=F("evening_starts"))
                & Q(evening_starts__lt=F("evening_ends")),
                violation_error_message="Morning, afternoon and evening have to follow each other.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Closure(models.Model):
    """A day on which the shop does not work."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="closures")
    on = models.DateField()
    reason = models.CharField(max_length=100, blank=True, help_text="As a caller may hear it: Thanksgiving")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "on"], name="closure_once_a_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.reason}".strip()
