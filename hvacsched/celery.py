"""The Celery application: `celery -A hvacsched worker`, `celery -A hvacsched beat`."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hvacsched.settings")

app = Celery("hvacsched")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery leaves logging alone when somebody answers this signal: settings.LOGGING stays in force."""
    structlog.get_logger(__name__).debug("celery_uses_django_logging")
