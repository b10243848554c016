"""As small a project as django-appointment runs in; the database is named by the environment."""

import os
from urllib.parse import unquote, urlsplit

_at = urlsplit(os.environ["PEER_DATABASE_URL"])

SECRET_KEY = "only-for-measuring"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "appointment"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _at.path.lstrip("/"),
        "USER": unquote(_at.username or ""),
        "PASSWORD": unquote(_at.password or ""),
        "HOST": _at.hostname or "",
        "PORT": _at.port or "",
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},  # as the product has it
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "America/New_York"
USE_TZ = True
