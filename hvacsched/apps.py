"""Makes the assembly an app, for its management commands, and loads Celery so that `.delay` knows its broker."""

from django.apps import AppConfig

from hvacsched.celery import app as celery_app


class AssemblyConfig(AppConfig):
    name = "hvacsched"
    celery = celery_app
