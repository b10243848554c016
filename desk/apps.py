"""The dispatcher's desk: board, back office."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskConfig(AppConfig):
    name = "desk"
    default = True


class BackOfficeConfig(AdminConfig):
    """Django's admin, on a site of ours."""

    default = False
    default_site = "desk.site.BackOffice"
