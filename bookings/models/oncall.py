"""Who picks up when the assistant cannot: the office in its hours, then whoever is on call."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from bookings.models.shop import Shop, Weekday
from bookings.models.team import Technician


class OfficeHours(models.Model):
    """When somebody sits at the office's telephone, in the shop's zone. Closed days and holidays are taken out."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="office_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        verbose_name_plural = "office hours"
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "weekday", "opens"], name="office_hours_once"),
            models.CheckConstraint(
                name="office_closes_after_it_opens",
                condition=Q(closes__gt=F("opens")),
                violation_error_message="The office has to close after it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class OnCallPerson(models.Model):
    """Somebody the shop may ring and text at any hour: a technician, a manager, the owner."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="on_call_people")
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=20, help_text="In E.164 form: +12125550150")
    technician = models.OneToOneField(Technician, on_delete=models.SET_NULL, null=True, blank=True, related_name="on_call_person")
    owner = models.BooleanField(default=False, help_text="Is told of every emergency at once, and stands last on the ladder")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "person on call"
        verbose_name_plural = "people on call"
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "phone"], name="on_call_person_once_by_number")]

    def __str__(self) -> str:
        return self.name


class OnCallTurn(models.Model):
    """From when to when somebody stands on which rung of the ladder. Nobody else stands there meanwhile."""

    class Rung(models.IntegerChoices):
        FIRST = 1, "First"
        BACKUP = 2, "Backup"
        MANAGER = 3, "Manager"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="on_call_turns")
    person = models.ForeignKey(OnCallPerson, on_delete=models.PROTECT, related_name="turns")
    rung = models.PositiveSmallIntegerField(choices=Rung.choices, default=Rung.FIRST)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = "on-call turn"
        ordering = ["starts_at", "rung"]
        indexes = [models.Index(fields=["shop", "ends_at"], name="on_call_now")]
        constraints = [
            models.CheckConstraint(
                name="on_call_turn_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="A turn has to end after it starts.",
            ),
            ExclusionConstraint(
                name="one_person_on_a_rung",
                expressions=[
                    (Func(F("shop"), F("shop"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("rung"), F("rung"), Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Somebody else stands on this rung at that time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_rung_display().lower()}, from {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class OnCallSwap(models.Model):
    """Part of a turn that somebody else takes over."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    turn = models.ForeignKey(OnCallTurn, on_delete=models.CASCADE, related_name="swaps")
    person = models.ForeignKey(OnCallPerson, on_delete=models.PROTECT, related_name="swaps", verbose_name="taken over by")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "swap"
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="swap_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="A swap has to end after it starts.",
            ),
            ExclusionConstraint(
                name="one_swap_of_a_turn_at_a_time",
                expressions=[
                    (Func(F("turn"), F("turn"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="This part of the turn is taken over already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} from {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"
