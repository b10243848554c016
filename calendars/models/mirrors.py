"""What Google holds of each visit."""

from django.db import models
from django.db.models import Max, Q

from bookings.models import Shop, Visit
from calendars.models.connections import CalendarConnection


class EventMirror(models.Model):
    """A visit's event in one calendar: what is wanted there, and what Google confirmed.

    Work is any mirror whose `wanted` differs from `confirmed`, or whose `pushed_version` is below the visit's version,
    or an active visit without a mirror. An event id that was deleted stays taken at Google: the mirror is retired then,
    and the next generation takes its place.
    """

    class Wanted(models.TextChoices):
        PRESENT = "present", "In the calendar"
        ABSENT = "absent", "Not in the calendar"

    class Confirmed(models.TextChoices):
        NONE = "none", "Not heard of yet"
        PRESENT = "present", "In the calendar"
        ABSENT = "absent", "Not in the calendar"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    connection = models.ForeignKey(CalendarConnection, on_delete=models.CASCADE, related_name="mirrors")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="mirrors")
    calendar_id = models.CharField(max_length=255)
    generation = models.PositiveSmallIntegerField(default=1)
    retired = models.BooleanField(default=False, help_text="A later generation took its place")
    event_id = models.CharField(max_length=64)

    wanted = models.CharField(max_length=7, choices=Wanted.choices, default=Wanted.PRESENT)
    confirmed = models.CharField(max_length=7, choices=Confirmed.choices, default=Confirmed.NONE)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    pushed_version = models.PositiveIntegerField(default=0, help_text="The visit's version, read before the last write")
    pushed_starts_at = models.DateTimeField(null=True, blank=True, help_text="Where Google confirmed the event")
    pushed_ends_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=64, blank=True)
    moved_to = models.CharField(max_length=80, blank=True, help_text="What somebody did to it in Google, until that is decided")
    form = models.CharField(max_length=12, blank=True, help_text="In which words it was last written")

    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True, help_text="Google refuses it until the visit changes")
    blocked_version = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "calendar_id", "generation"], name="mirror_once_per_generation"),
            models.UniqueConstraint(fields=["visit", "calendar_id"], condition=Q(retired=False), name="mirror_once_in_force"),
            models.UniqueConstraint(fields=["calendar_id", "event_id"], name="mirror_once_per_event"),
            models.CheckConstraint(name="retired_is_not_wanted", condition=Q(retired=False) | Q(wanted="absent")),
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.get_confirmed_display()}"

    @classmethod
    def free_generation(cls, visit: Visit, calendar_id: str) -> int:
        """Return the generation of a visit's next event in a calendar: what was retired keeps its own."""
        used = cls.objects.filter(visit=visit, calendar_id=calendar_id).aggregate(last=Max("generation"))["last"]
        return (used or 0) + 1
