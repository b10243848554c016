"""What we know of a call, and the stored answer of every tool it used."""

import uuid

from django.db import models
from django.utils import timezone

from bookings.models import Shop


class Call(models.Model):
    """One telephone call, known to Twilio by one id and to Vapi by another; either may be the first we hear of."""

    class Stage(models.TextChoices):
        RINGING = "ringing", "Ringing"
        ASSISTANT = "assistant", "With the assistant"
        DISPATCHER = "dispatcher", "Ringing the dispatcher"
        VOICEMAIL = "voicemail", "At the voicemail"
        ENDED = "ended", "Ended"

    class Outcome(models.TextChoices):
        BOOKED = "booked", "Booked"
        CANCELLED = "cancelled", "Cancelled an appointment"
        ANSWERED = "answered", "Answered"
        TRANSFERRED = "transferred", "Spoke with the dispatcher"
        VOICEMAIL = "voicemail", "Left a voicemail"
        EMERGENCY = "emergency", "Emergency"
        ABANDONED = "abandoned", "Hung up"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="calls")
    twilio_sid = models.CharField(max_length=64, null=True, blank=True, unique=True)
    vapi_id = models.CharField(max_length=64, null=True, blank=True, unique=True)
    from_number = models.CharField(max_length=20, blank=True, help_text="E.164; empty: withheld or not a number")
    to_number = models.CharField(max_length=20, blank=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.RINGING)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    fallback_reason = models.CharField(
        max_length=60, blank=True, help_text="Why the assistant did not take the call: timeout, refused, busy, …"
    )
    handoff_started_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a delivery of the call claimed to ask Vapi for it"
    )
    handoff_twiml = models.TextField(
        blank=True, editable=False, help_text="What Vapi answered: a second delivery of the same call hears it again"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=120, blank=True, help_text="In Vapi's or Twilio's words")
    summary = models.TextField(blank=True)
    transcript = models.TextField(blank=True)
    recording_url = models.URLField(max_length=1000, blank=True)
    cost = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True, help_text="US dollars, by Vapi")

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["shop", "-started_at"], name="call_recent")]

    def __str__(self) -> str:
        return f"Call of {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def origin(self) -> str:
        """How the core knows this call."""
        return f"call:{self.public_id}"


class ToolInvocation(models.Model):
    """A tool the assistant used, and the answer it heard.

    `replay_key` names the request: a second delivery hears the stored answer. Null where the request has no identity.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="invocations")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    replay_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null: never replayed
    tool_call_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    state = models.CharField(max_length=20)
    requested_at = models.DateTimeField(help_text="By Vapi's clock where it gave one")
    answered_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(help_text="How long the answer took here")

    class Meta:
        ordering = ["answered_at", "id"]
        constraints = [models.UniqueConstraint(fields=["call", "replay_key"], name="answer_once_per_request")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
