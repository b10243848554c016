"""Voice and text: calls in, words out."""

from importlib import import_module

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "telephony"

    def ready(self) -> None:
        import_module("telephony.assistant.checks")
        import_module("telephony.receivers")
        import_module("telephony.safety.checks")
