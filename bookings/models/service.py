"""What can be booked: how long it takes, whom and what it takes, and where it is done."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bookings.models.shop import Shop, Weekday


class Equipment(models.TextChoices):
    """What stands in the cellar or on the roof; lengths of visits depend on it."""

    FURNACE = "furnace", "Furnace"
    BOILER = "boiler", "Boiler"
    HEAT_PUMP = "heat_pump", "Heat pump"
    AIR_CONDITIONER = "air_conditioner", "Air conditioner"
    MINI_SPLIT = "mini_split", "Mini-split"
    PACKAGE_UNIT = "package_unit", "Package unit"
    WATER_HEATER = "water_heater", "Water heater"


class Skill(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=60)
    is_certificate = models.BooleanField(
        default=False, verbose_name="certificate", help_text="Issued by somebody else and may expire: EPA 608, gas licence"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "name"], name="skill_once_per_shop")]

    def __str__(self) -> str:
        return self.name


class ServiceType(models.Model):
    """What can be booked, and how long it takes."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.SlugField(max_length=40, help_text="How tools name it: repair, maintenance, installation")
    name = models.CharField(max_length=60, help_text="How a caller hears it: repair visit")
    name_es = models.CharField(
        max_length=60, blank=True, verbose_name="name in Spanish", help_text="visita de reparación; empty: the name above"
    )
    phrases = models.TextField(
        blank=True,
        help_text="Other words for it, one a line: tune-up, furnace check, no heat",
        verbose_name="also called",
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, help_text="What it takes to do it")
    certificates = models.ManyToManyField(
        Skill, blank=True, related_name="+", help_text="What whoever leads the work has to hold as well: EPA 608"
    )
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)], help_text="Usual work on site")
    minutes_least = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)])
    minutes_most = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)])
    days = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="Working days in a row, each of that length, with the same people",
    )
    setup_minutes = models.PositiveSmallIntegerField(default=0, help_text="Kept free before the visit: loading, parts")
    buffer_minutes = models.PositiveSmallIntegerField(default=0, help_text="Kept free after the visit: cleaning up, overruns")
    arrival_minutes = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(30)], help_text="Length of the promised arrival window"
    )
    regular_hours_only = models.BooleanField(default=False, help_text="Never in overtime hours, however urgent")
    visit_fee = models.DecimalField(
        max_digits=7,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text="US dollars for coming and looking; said before a visit is booked. 0: nothing is said",
    )
    overtime_fee = models.DecimalField(
        max_digits=7, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)], verbose_name="after-hours fee",
        help_text="On top of it, for a visit in overtime hours or on a day the shop is closed",
    )  # fmt: skip
    member_fee = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="What customers with a maintenance plan pay instead of the visit fee; empty: the same",
    )  # fmt: skip
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "service"
        constraints = [
            models.UniqueConstraint(fields=["shop", "key"], name="service_once_per_shop"),
            models.CheckConstraint(
                name="service_minutes_in_range",
                condition=Q(minutes__gte=F("minutes_least")) & Q(minutes__lte=F("minutes_most")),
                violation_error_message="The usual length has to lie between the shortest and the longest.",
            ),
            models.CheckConstraint(name="service_takes_days", condition=Q(days__gte=1, days__lte=5)),
        ]

    def __str__(self) -> str:
        return self.name


class CrewMember(models.Model):
    """One more person a service takes beside whoever leads it, at the same time."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE, related_name="crew")
    role = models.CharField(max_length=30, default="helper", help_text="How the board calls them: helper, electrician")
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, null=True, blank=True, help_text="What they have to be able to do; empty: anybody"
    )

    class Meta:
        verbose_name = "further person"
        verbose_name_plural = "further people"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.role


class LengthRule(models.Model):
    """How the kind or age of the equipment changes a visit's length. All that apply are multiplied."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    service_type = models.ForeignKey(
        ServiceType, on_delete=models.CASCADE, null=True, blank=True, related_name="length_rules", help_text="Empty: all services"
    )
    equipment = models.CharField(max_length=20, choices=Equipment.choices, blank=True, help_text="Empty: any kind")
    years_from = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Equipment at least this old")
    years_below = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Equipment younger than this")
    percent = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(25), MaxValueValidator(400)], help_text="120: a fifth longer"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="length_rule_ages_in_order",
                condition=Q(years_from__isnull=True) | Q(years_below__isnull=True) | Q(years_below__gt=F("years_from")),
                violation_error_message="The ages have to follow each other.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


def every_day() -> list[int]:
    return list(range(7))


class ServiceArea(models.Model):
    """Where the shop works. A shop without any works everywhere."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=60, help_text="As a caller may hear it: the north side")
    zip_codes = models.TextField(help_text="ZIP codes, or beginnings of them with a star: 10001, 104*", verbose_name="ZIP codes")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices), default=every_day, help_text="Days on which it is served"
    )
    trip_fee = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text="US dollars; said to the caller",
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "name"], name="area_once_per_shop")]

    def __str__(self) -> str:
        return self.name


class Holdback(models.Model):
    """A share of a day's working hours that routine work leaves free for urgent callers and members, until it is released."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=60, help_text="Winter peak")
    first_month = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(12)])
    last_month = models.PositiveSmallIntegerField(
        default=12, validators=[MinValueValidator(1), MaxValueValidator(12)], help_text="May come before the first: 11 to 2"
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday.choices), default=every_day)
    percent = models.PositiveSmallIntegerField(validators=[MaxValueValidator(90)], help_text="Share of the working hours")
    released_at = models.TimeField(help_text="From this time of the day itself everybody may have what is left")

    class Meta:
        verbose_name = "reserve"
        ordering = ["first_month", "pk"]
        constraints = [
            models.CheckConstraint(
                name="holdback_in_range",
                condition=Q(percent__lte=90, first_month__gte=1, first_month__lte=12, last_month__gte=1, last_month__lte=12),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.percent} %"
