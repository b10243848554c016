"""The dispatcher's desk: board, back office."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"
