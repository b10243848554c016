"""Voice and text: calls in, words out."""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "telephony"
