"""Danger that was heard, the words that answer it, and who was told of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models import OnCallPerson, OutgoingMessage, Shop
from telephony.models.calls import Call


class Danger(models.TextChoices):
    """The classes of danger, the gravest first: the first of several that are heard has its script said."""

    GAS = "gas", "Gas"
    CARBON_MONOXIDE = "carbon_monoxide", "Carbon monoxide"
    FIRE = "fire", "Fire or smoke"
    ELECTRIC = "electric", "Sparks, shock or a burning smell"
    WATER = "water", "Water near electrics"
    PERSON = "person", "Somebody hurt or unwell"


class SafetyScript(models.Model):
    """What a shop says to a class of danger, and who read it through. A shop without one says the product's own words."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="safety_scripts")
    danger = models.CharField(max_length=16, choices=Danger.choices)
    english = models.TextField(blank=True, help_text="Empty: the product's own words")
    spanish = models.TextField(blank=True, help_text="Empty: the product's own words")
    reviewed_by = models.CharField(max_length=100, blank=True, help_text="Who read these words through: the owner, the insurer")
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["shop", "danger"]
        constraints = [models.UniqueConstraint(fields=["shop", "danger"], name="script_once_per_danger")]

    def __str__(self) -> str:
        return self.get_danger_display()


class Emergency(models.Model):
    """Danger that somebody spoke of: in a call, on the voicemail or in a text. One per origin; it may get graver, never less.

    While it is not released nothing is booked in its call. `next_step_at` is when the next person is told; null: nobody else.
    """

    class Source(models.TextChoices):
        TRANSCRIPT = "transcript", "Said in the call"
        TOOL = "tool", "Told to a tool by the assistant"
        REPORT = "report", "Reported by the assistant"
        VOICEMAIL = "voicemail", "Said on the voicemail"
        TEXT = "text", "Written in a text"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="emergencies")
    origin = models.CharField(max_length=80, help_text="call:… or text:…")
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="emergencies")
    phone = models.CharField(max_length=20, blank=True, help_text="Whom to call back; empty: withheld")
    danger = models.CharField(max_length=16, choices=Danger.choices)
    language = models.CharField(max_length=2, default="en")
    heard_at = models.DateTimeField()
    script = models.TextField(blank=True, help_text="The words that answer it, as they stood then")
    phrases_version = models.CharField(max_length=20, blank=True)
    said_at = models.DateTimeField(null=True, blank=True, help_text="When the script was given to be spoken")
    say_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Not before this is it spoken into the call (again); null: not at all"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=100, blank=True)
    released_at = models.DateTimeField(null=True, blank=True, help_text="From then on its call may book again")
    released_by = models.CharField(max_length=100, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    rung = models.PositiveSmallIntegerField(default=0, help_text="How many of the ladder were told in this round")
    next_step_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True, help_text="After three rounds without an answer")

    class Meta:
        verbose_name_plural = "emergencies"
        ordering = ["-heard_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "origin"], name="emergency_once_per_origin")]
        indexes = [
            models.Index(fields=["next_step_at"], name="emergency_step", condition=Q(next_step_at__isnull=False)),
            models.Index(fields=["say_at"], name="emergency_to_say", condition=Q(say_at__isnull=False)),
            models.Index(fields=["call"], name="emergency_in_force", condition=Q(released_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_danger_display()} ({timezone.localtime(self.heard_at):%Y-%m-%d %H:%M})"


class EmergencyWords(models.Model):
    """Words in which danger was heard: what was said and when, once however often it was delivered."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="words")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField()
    danger = models.CharField(max_length=16, choices=Danger.choices)
    source = models.CharField(max_length=10, choices=Emergency.Source.choices)
    text = models.TextField(blank=True, help_text="Deleted with the call's transcript")

    class Meta:
        verbose_name_plural = "emergency words"
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["emergency", "key"], name="emergency_words_once")]

    def __str__(self) -> str:
        return self.get_danger_display()


class Alert(models.Model):
    """One step of telling people of an emergency: one person, one channel, one round; or of telling them that it is over."""

    class Channel(models.TextChoices):
        TEXT = "text", "Text"
        CALL = "call", "Call"
        OVER = "over", "Text that somebody has it"

    class Status(models.TextChoices):
        DUE = "due", "Due"
        PLACING = "placing", "Being placed"
        TOLD = "told", "Told"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        UNANSWERED = "unanswered", "Not answered"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="alerts")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    round = models.PositiveSmallIntegerField()
    person = models.ForeignKey(OnCallPerson, on_delete=models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=100, help_text="Who, as they were called then")
    number = models.CharField(max_length=20)
    channel = models.CharField(max_length=4, choices=Channel.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DUE)
    message = models.ForeignKey(
        OutgoingMessage, on_delete=models.SET_NULL, null=True, blank=True, help_text="The text, which several alerts may share"
    )
    twilio_sid = models.CharField(max_length=64, blank=True, help_text="Of the call that was placed")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["emergency", "round", "number", "channel"], name="alert_once_a_round")]
        indexes = [models.Index(fields=["created_at"], name="alert_due", condition=Q(status__in=["due", "placing"]))]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.name}, round {self.round}"
