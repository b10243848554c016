"""What we know of a call: its timeline, the stored answer of every tool it used, and what was learnt of numbers."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from bookings.models import Shop
from wire.fields import EncryptedTextField


class AssistantVersion(models.Model):
    """An assistant as it was built once for a shop: the prompt a caller's words met, by its fingerprint.

    `body` is what Vapi is sent, without credentials. `pushed_at` is when it last became the shop's assistant at Vapi.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="assistant_versions")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the body")
    prompt = models.TextField()
    body = models.JSONField()
    vapi_assistant_id = models.CharField(max_length=64, blank=True, help_text="Empty: sent with each call, never pushed")
    created_at = models.DateTimeField()
    pushed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "fingerprint"], name="assistant_version_once")]

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]} of {timezone.localtime(self.created_at):%Y-%m-%d}"


class Call(models.Model):
    """One telephone call, known to Twilio by one id and to Vapi by another; either may be the first we hear of."""

    class Stage(models.TextChoices):
        RINGING = "ringing", "Ringing"
        ASSISTANT = "assistant", "With the assistant"
        DISPATCHER = "dispatcher", "Ringing a person"
        VOICEMAIL = "voicemail", "At the voicemail"
        ENDED = "ended", "Ended"

    class Outcome(models.TextChoices):
        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved an appointment"
        CANCELLED = "cancelled", "Cancelled an appointment"
        ANSWERED = "answered", "Answered"
        TRANSFERRED = "transferred", "Spoke with a person"
        VOICEMAIL = "voicemail", "Left a voicemail"
        EMERGENCY = "emergency", "Emergency"
        SPAM = "spam", "Spam or vendor"
        ABANDONED = "abandoned", "Hung up"
        FAILED = "failed", "Failed"

    class Consent(models.TextChoices):
        GIVEN = "given", "Stayed on after being told"
        DECLINED = "declined", "Asked not to be recorded"

    claimed_here = False  # no column: this delivery made the row, and with it the claim to ask Vapi for it

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
    recording_removed_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted where it lay")
    recording_try_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Not before this is its deletion tried again"
    )
    cost = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True, help_text="US dollars, by Vapi")
    wanted = models.JSONField(default=dict, blank=True, help_text="What Vapi's analysis says the caller wanted")

    assistant = models.ForeignKey(
        AssistantVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls", help_text="Who answered"
    )
    language = models.CharField(max_length=2, blank=True, help_text="en or es, as it was heard; empty: the shop's")
    disclosure = models.CharField(max_length=600, blank=True, help_text="What the caller was told of machine and recording")
    disclosed_at = models.DateTimeField(null=True, blank=True, help_text="When those words were spoken")
    recording_consent = models.CharField(max_length=8, choices=Consent.choices, blank=True)
    taken_back_at = models.DateTimeField(
        null=True, blank=True, help_text='When the caller last took something back ("wait, no"), by Vapi\'s clock'
    )

    control_url = EncryptedTextField(
        blank=True, editable=False, help_text="Where Vapi takes commands for the running call; a key, gone when it ends"
    )
    wants_person = models.CharField(max_length=300, blank=True, help_text="Why the caller is put through, in words")
    put_through_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the assistant's tool claimed to put the caller through"
    )
    told_checked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When what was said was last compared with what stands"
    )
    reconcile_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Not before this are Vapi and Twilio asked how the call ended"
    )

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["shop", "-started_at"], name="call_recent"),
            # What is not over, or not compared yet: few rows of many, looked for every few seconds.
            models.Index(fields=["started_at"], name="call_not_over", condition=~models.Q(stage="ended")),
            models.Index(fields=["ended_at"], name="call_not_compared", condition=models.Q(stage="ended", told_checked_at=None)),
            # What retention looks for every minute: recordings that may still lie somewhere, words that are still there.
            models.Index(
                fields=["shop", "started_at"],
                name="call_recorded",
                condition=models.Q(recording_removed_at=None, vapi_id__isnull=False),
            ),
            models.Index(
                fields=["shop", "started_at"], name="call_with_words", condition=~models.Q(summary="", transcript="", wanted={})
            ),
        ]

    def __str__(self) -> str:
        return f"Call of {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def origin(self) -> str:
        """How the core knows this call."""
        return f"call:{self.public_id}"

    @property
    def is_a_test(self) -> bool:
        """We placed the call ourselves, to learn whether the line works: nobody is rung for it and nobody called back."""
        return bool(self.from_number) and self.from_number == settings.SELF_TEST_NUMBER


class CallEvent(models.Model):
    """One thing that happened in a call, at the millisecond Vapi says it did. `key` makes a second delivery no second event."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="events")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.CharField(max_length=64, editable=False)
    kind = models.CharField(max_length=40, help_text="Vapi's word for it: transcript, speech-update, …")
    role = models.CharField(max_length=12, blank=True, help_text="user or assistant")
    detail = models.CharField(max_length=120, blank=True, help_text="started, stopped, partial, final, in-progress, …")
    text = models.TextField(blank=True, help_text="What was said")
    at = models.DateTimeField(help_text="By Vapi's clock where it gave one")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["at", "kind", "key"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="call_event_once")]
        indexes = [models.Index(fields=["shop", "received_at"], name="call_event_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()


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


class MarkedNumber(models.Model):
    """A number whose calls are no customer's: they are answered, and kept out of leads and numbers."""

    class Kind(models.TextChoices):
        SPAM = "spam", "Spam"
        VENDOR = "vendor", "Vendor"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="marked_numbers")
    phone = models.CharField(max_length=20, help_text="In E.164 form: +12125550150")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.SPAM)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "phone"], name="number_marked_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.phone}"


class SeenRequest(models.Model):
    """A signed request that carries no time of its own, by its signature's digest: one that comes again too late is refused."""

    digest = models.CharField(max_length=64, primary_key=True)
    first_seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest[:8]


class LineTest(models.Model):
    """A call that we placed to the shop's own number to learn whether the line works."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        PASSED = "passed", "Works"
        FAILED = "failed", "Broken"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="line_tests")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.RUNNING)
    findings = models.TextField(blank=True, help_text="What was found, a line each")
    twilio_sid = models.CharField(max_length=64, blank=True, help_text="Of the call we placed")
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, blank=True, help_text="As it arrived")
    started_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When somebody took it in hand")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_status_display()} ({timezone.localtime(self.started_at):%Y-%m-%d %H:%M})"
