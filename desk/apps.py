"""The dispatcher's desk: board, back office."""

from django.apps import AppConfig
from django.contrib.admin import apps


class DeskConfig(AppConfig):
    name = "desk"
    default = True


class BackOfficeConfig(apps.AdminConfig):
    """Django's admin, on a site of ours."""

    default = False
    default_site = "desk.site.BackOffice"
