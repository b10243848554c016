"""Rows for tests: a shop with technicians who work ten-hour weekdays."""

from datetime import time

import factory
from factory.django import DjangoModelFactory

from bookings import models


class ShopFactory(DjangoModelFactory):
    class Meta:
        model = models.Shop

    name = "ABC HVAC"
    phone_number = factory.Sequence(lambda n: f"+1212555{n % 10000:04d}")
    fallback_number = "+12125550199"
    holidays_closed = ""


class SkillFactory(DjangoModelFactory):
    class Meta:
        model = models.Skill

    shop = factory.SubFactory(ShopFactory)
    name = factory.Sequence(lambda n: f"skill {n}")


class ServiceTypeFactory(DjangoModelFactory):
    class Meta:
        model = models.ServiceType

    shop = factory.SubFactory(ShopFactory)
    key = "repair"
    name = "repair visit"
    phrases = "repair\nfix\nno heat\nnot cooling\nbroken"
    minutes = 120
    minutes_least = 60
    minutes_most = 240
    buffer_minutes = 30
    arrival_minutes = 120


class TechnicianFactory(DjangoModelFactory):
    class Meta:
        model = models.Technician
        skip_postgeneration_save = True

    shop = factory.SubFactory(ShopFactory)
    name = factory.Sequence(lambda n: f"Technician {n}")
    email = factory.Sequence(lambda n: f"tech{n}@example.com")

    @factory.post_generation
    def weekdays(self, create, extracted, **kwargs):
        """Monday to Friday 8 to 18 by default; pass a list of (weekday, starts, ends) for others."""
        shifts = [(day, time(8), time(18)) for day in range(5)] if extracted is None else extracted
        models.WorkingHours.objects.bulk_create(
            models.WorkingHours(shop=self.shop, technician=self, weekday=weekday, starts=starts, ends=ends)
            for weekday, starts, ends in shifts
        )


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = models.Customer

    shop = factory.SubFactory(ShopFactory)
    name = "Jane Doe"
    name_key = "jane doe"
    phone = "+14155550142"


def a_shop(technicians=3, **fields):
    """A shop with the three services and technicians who can do them all."""
    shop = ShopFactory(**fields)
    ServiceTypeFactory(shop=shop, name_es="visita de reparación")
    ServiceTypeFactory(
        shop=shop, key="maintenance", name="maintenance visit", name_es="visita de mantenimiento",
        phrases="maintenance\ntune up\ncheckup\ninspection",
        minutes=60, minutes_least=45, minutes_most=120, buffer_minutes=15,
    )  # fmt: skip
    ServiceTypeFactory(
        shop=shop, key="installation", name="installation", name_es="instalación",
        phrases="installation\ninstall\nnew furnace\nreplacement",
        minutes=480, minutes_least=240, minutes_most=540, buffer_minutes=60, arrival_minutes=60,
    )  # fmt: skip
    for _ in range(technicians):
        TechnicianFactory(shop=shop)
    shop.refresh_from_db()
    return shop
