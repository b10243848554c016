"""Django settings, all of them read from the environment (see .env.example and env.py)."""

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.urls import reverse_lazy

from hvacsched import queues, theme
from hvacsched.env import Reader
from wire import logs

BASE_DIR = Path(__file__).resolve().parent.parent
read = Reader(BASE_DIR)

ENVIRONMENT = read.name
PRODUCTION = read.production
TESTING = ENVIRONMENT == "test"
DEBUG = ENVIRONMENT == "development"

SECRET_KEY = read.required("SECRET_KEY")
SECRET_KEY_FALLBACKS = read.many("SECRET_KEY_FALLBACKS")
FIELD_ENCRYPTION_KEYS = read.many("FIELD_ENCRYPTION_KEYS", required=True)
read.check_fernet("FIELD_ENCRYPTION_KEYS", FIELD_ENCRYPTION_KEYS)

# --- Where we stand -------------------------------------------------------------------------------------------------
SERVER_URL = read.required("SERVER_URL").rstrip("/")
_server = urlsplit(SERVER_URL)
if PRODUCTION and SERVER_URL and _server.scheme != "https":
    read.refuse("SERVER_URL", f"is {SERVER_URL}: Twilio, Vapi and Google need https")
ALLOWED_HOSTS = [_server.hostname or "", *read.many("ALLOWED_HOSTS")]
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [SERVER_URL] if SERVER_URL else []

# --- Outside services ------------------------------------------------------------------------------------------------
# Required in production only where nothing else takes their place: a shop may use SIP instead of bypass, and a service
# account instead of OAuth.
need = read.required if PRODUCTION else read.text
WEBHOOK_SECRETS = read.many("WEBHOOK_SECRET", required=True)
FALLBACK_DIAL_NUMBER = need("FALLBACK_DIAL_NUMBER")
VAPI_BASE_URL = read.vendor_url("VAPI_BASE_URL", "https://api.vapi.ai").rstrip("/")
VAPI_SIP_URI = read.text("VAPI_SIP_URI")
VAPI_API_KEY = need("VAPI_API_KEY")
VAPI_PHONE_NUMBER_ID = read.text("VAPI_PHONE_NUMBER_ID") if VAPI_SIP_URI else need("VAPI_PHONE_NUMBER_ID")
VAPI_ASSISTANT_ID = read.text("VAPI_ASSISTANT_ID")
VAPI_CREDENTIAL_ID = read.text("VAPI_CREDENTIAL_ID")
VAPI_DEADLINE_SECONDS = 4.0
_vapi = urlsplit(VAPI_BASE_URL)
VAPI_CONTROL_HOSTS = read.many("VAPI_CONTROL_HOSTS") or ["vapi.ai"]
TWILIO_ACCOUNT_SID = need("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKENS = read.many("TWILIO_AUTH_TOKEN", required=PRODUCTION)
STATIC_FALLBACK_URL = read.text("STATIC_FALLBACK_URL").rstrip("/")
SELF_TEST_NUMBER = read.text("SELF_TEST_NUMBER")
TWILIO_API_BASE_URL = read.vendor_url("TWILIO_API_BASE_URL", "https://api.twilio.com").rstrip("/")
GOOGLE_CALENDAR_CREDENTIALS = read.text("GOOGLE_CALENDAR_CREDENTIALS")
if GOOGLE_CALENDAR_CREDENTIALS and not Path(GOOGLE_CALENDAR_CREDENTIALS).is_file():
    read.refuse("GOOGLE_CALENDAR_CREDENTIALS", "names a file that does not exist")
GOOGLE_CLIENT_ID = read.text("GOOGLE_CLIENT_ID") if GOOGLE_CALENDAR_CREDENTIALS else need("GOOGLE_CLIENT_ID")
GOOGLE_CLIENT_SECRET = read.text("GOOGLE_CLIENT_SECRET") if GOOGLE_CALENDAR_CREDENTIALS else need("GOOGLE_CLIENT_SECRET")
GOOGLE_API_ENDPOINT = read.vendor_url("GOOGLE_API_ENDPOINT", "https://www.googleapis.com/calendar/v3/")
GOOGLE_AUTH_URI = read.vendor_url("GOOGLE_AUTH_URI", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URI = read.vendor_url("GOOGLE_TOKEN_URI", "https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URI = read.vendor_url("GOOGLE_REVOKE_URI", "https://oauth2.googleapis.com/revoke")
# Google's published limits; those of your own project stand in the Cloud console, under Quotas. A little less is used.
GOOGLE_REQUESTS_PER_MINUTE = read.number("GOOGLE_REQUESTS_PER_MINUTE", 10_000)
GOOGLE_REQUESTS_PER_MINUTE_PER_USER = read.number("GOOGLE_REQUESTS_PER_MINUTE_PER_USER", 600)
if not GOOGLE_REQUESTS_PER_MINUTE or not GOOGLE_REQUESTS_PER_MINUTE_PER_USER:
    read.refuse("GOOGLE_REQUESTS_PER_MINUTE", "and GOOGLE_REQUESTS_PER_MINUTE_PER_USER have to be more than 0")
if not GOOGLE_API_ENDPOINT.endswith("/calendar/v3/"):
    read.refuse("GOOGLE_API_ENDPOINT", f"is {GOOGLE_API_ENDPOINT}: it has to end in /calendar/v3/")

# --- Database ----------------------------------------------------------------------------------------------------------
WEB_THREADS = read.number("WEB_THREADS", 64)
# Fewer connections than threads: one that waits for Vapi holds none, and few connections keep their plans warm.
_pool_size = read.number("DATABASE_POOL_SIZE", 0 if TESTING else 8)
_database = environ.Env.db_url_config(read.required("DATABASE_URL") or "postgres://unset/unset")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 0 if _pool_size else 60,
        "CONN_HEALTH_CHECKS": True,  # a connection that died with the database must not fail one more caller
        "OPTIONS": {
            # A database that hangs must not hold a caller: FALLBACK_DIAL_NUMBER answers after these times.
            "connect_timeout": 3,
            # Statements are bound and prepared by the server: it plans the few that callers wait for once a connection.
            "server_side_binding": True,
            "prepare_threshold": 3,
            "options": "-c statement_timeout=8000 -c idle_in_transaction_session_timeout=30000",
            **({"pool": {"min_size": 1, "max_size": _pool_size, "timeout": 3, "reconnect_timeout": 3}} if _pool_size else {}),
        },
        "TEST": {"NAME": "test_hvacsched"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery --------------------------------------------------------------------------------------------------------------
REDIS_URL = read.required("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Publishing is best effort and quick: what a lost message asked for is found again in the database by a sweep.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = queues.TRANSPORT
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = queues.ROUTES
CALENDAR_PULL_SECONDS = read.number("CALENDAR_PULL_SECONDS", 300 if PRODUCTION else 20)
CELERY_BEAT_SCHEDULE = queues.beat(CALENDAR_PULL_SECONDS)

# --- Django ----------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "hvacsched.apps.AssemblyConfig",
    "desk",
    "telephony",
    "calendars",
    "bookings",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "desk.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_otp",
    "django_structlog",
    "rest_framework",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "desk.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "desk.middleware.ShopTimeMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "hvacsched.urls"
WSGI_APPLICATION = "hvacsched.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.alarm.context",
            ]
        },
    }
]
LANGUAGE_CODE = "en-us"
# What callers hear; the back office is English, for nothing chooses a language by browser or user.
LANGUAGES = [("en", "English"), ("es", "Spanish")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["hvacsched.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = TESTING  # each test's client makes the middleware anew: it need not look at every file
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)  # served by the finders; WhiteNoise complains of a folder that is not there

# --- Who comes in ----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "desk.roles.RoleBackend"]
LOGIN_URL = LOGOUT_REDIRECT_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Wrong passwords and codes lock an account out for whoever comes from the same address, not for its owner elsewhere. Counted in
# the database: every process sees the same number, and no lost cache gives a guesser a fresh start.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "desk.account.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "desk.account.lockout.address_of"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Behind a proxy every request comes from the proxy. Which header it writes the caller's address to has to be said: one that
# strangers could write themselves would let them guess for ever.
CLIENT_ADDRESS_HEADER = read.text("CLIENT_ADDRESS_HEADER")
TRUSTED_PROXIES = read.number("TRUSTED_PROXIES", 1)
if TRUSTED_PROXIES < 1:
    read.refuse("TRUSTED_PROXIES", "is how many proxies stand in front: 1 or more")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # the OAuth callback is a cross-site navigation and needs the session's state
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Where the back office may play recordings from, beside https.
MEDIA_ORIGINS = [] if PRODUCTION else [f"{_vapi.scheme}://{_vapi.netloc}"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # an end-of-call report carries a whole conversation, several times over

# --- Mail, for passwords alone ---------------------------------------------------------------------------------------------
EMAIL_HOST = read.text("EMAIL_HOST")
EMAIL_PORT = read.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = read.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = read.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read.text("DEFAULT_FROM_EMAIL", f"hvacsched@{_server.hostname or 'localhost'}")
# Without a mail server nothing is sent in production, and the pages say so; elsewhere mails are printed.
SENDS_MAIL = bool(EMAIL_HOST) or not PRODUCTION
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.console.EmailBackend"

REST_FRAMEWORK: dict[str, object] = {
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
}

LOGGING = logs.configure(level=read.text("LOG_LEVEL", "WARNING" if TESTING else "INFO"), human=DEBUG)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

UNFOLD = theme.UNFOLD

read.refuse_known_values(
    BASE_DIR / ".env.demo",
    [
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "WEBHOOK_SECRET",
        "TWILIO_AUTH_TOKEN",
        "VAPI_API_KEY",
        "GOOGLE_CLIENT_SECRET",
    ],
)
if PRODUCTION and any(len(secret) < 16 for secret in WEBHOOK_SECRETS):
    read.refuse("WEBHOOK_SECRET", "is shorter than 16 characters")
if "collectstatic" not in sys.argv:  # the image is built before any secret exists
    read.finish()
