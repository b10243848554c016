"""The core as a Django app."""

from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"
