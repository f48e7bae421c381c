"""All settings, from the environment only; `config/secrets.py` says which must be set in production.

Importing this starts nothing: entry points hold the embedded PostgreSQL first (`config/postgres.py`).
"""

from __future__ import annotations

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import postgres
from config.secrets import keep_development, read_production

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("KEYTURN_VAR_DIR") or BASE_DIR / "var").absolute()
env = environ.Env()

KEYTURN_ENV = env("KEYTURN_ENV", default="development")
if KEYTURN_ENV not in {"development", "production"}:
    raise ImproperlyConfigured(f"KEYTURN_ENV is {KEYTURN_ENV!r}: set it to development or production.")
PRODUCTION = KEYTURN_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)

if PRODUCTION:
    _secrets, _problems = read_production(os.environ)
    if DEBUG:
        _problems.append("Remove DEBUG: it shows the inside of the program to every visitor.")
    if _problems:
        raise ImproperlyConfigured("\n".join(_problems))
else:
    _secrets = keep_development(VAR_DIR / "secrets.json")

SECRET_KEY = _secrets.secret_key
# The first key encrypts, every key decrypts: a new one goes in front.
KEYTURN_ENCRYPTION_KEYS = _secrets.encryption_keys
KEYTURN_HASH_KEY = _secrets.hash_key
KEYTURN_FEEDS_ALLOW_PRIVATE = env.bool("KEYTURN_FEEDS_ALLOW_PRIVATE", default=False)
KEYTURN_WEBHOOKS_ALLOW_PRIVATE = env.bool("KEYTURN_WEBHOOKS_ALLOW_PRIVATE", default=False)
# Drivers of one's own, beside those of locks/drivers/registry.py: name=dotted.path.of.the.class,...
KEYTURN_DRIVERS = env.dict("KEYTURN_DRIVERS", default={})
KEYTURN_RUNNER_SECONDS = env.float("KEYTURN_RUNNER_SECONDS", default=40)
KEYTURN_BEAT_SECONDS = env.float("KEYTURN_BEAT_SECONDS", default=30)
# Longer than the longest task of that cluster, and than the pause between two runners.
KEYTURN_SLOW_SILENT_SECONDS = env.float("KEYTURN_SLOW_SILENT_SECONDS", default=150)
KEYTURN_LOCKS_SILENT_SECONDS = env.float("KEYTURN_LOCKS_SILENT_SECONDS", default=45)
# How guests and managers reach this site from outside: messages carry links, and are sent where there is no request.
KEYTURN_PUBLIC_URL = env("KEYTURN_PUBLIC_URL", default="").rstrip("/")
KEYTURN_ALERTS_ALLOW_PRIVATE = env.bool("KEYTURN_ALERTS_ALLOW_PRIVATE", default=False)
# A runner that is killed at the end of this is taken over when its lease runs out.
KEYTURN_STOP_SECONDS = env.float("KEYTURN_STOP_SECONDS", default=5)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if not KEYTURN_PUBLIC_URL:
    KEYTURN_PUBLIC_URL = f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if PRODUCTION else "http://localhost:8000"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config.apps.KeyturnAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
    "properties",
    "locks",
    "locks.drivers.virtual",
    "access",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "properties.middleware.explain_refused_method",
]

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
                "properties.tenancy.workspace_context",
            ],
        },
    },
]

FORM_RENDERER = "properties.form_rendering.KeyturnRenderer"

# Database

DATABASES = {"default": env.db_url_config(os.environ.get("DATABASE_URL") or postgres.connection_url())}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL server: postgres://user:password@host/name"
    )
DATABASES["default"]["TEST"] = {"NAME": env("KEYTURN_TEST_DATABASE", default="test_keyturn")}
# Statements are planned once for a connection, not at each call: a third less work for a request.
DATABASES["default"].setdefault("OPTIONS", {}).update({"server_side_binding": True, "prepare_threshold": 3})
_process = env("KEYTURN_PROCESS", default="")
if _process == "command":
    # Workers look into the database all the time; a new connection for each look cost more than the look.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
if _process == "web":
    # Only here: django-q forks, and forked processes that share pooled sockets hang and mix up results.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 10, "timeout": 10}

# Work in the background: slow work (feeds, messages) on the default cluster, lock runners on their own

KEYTURN_REDIS_URL = env("KEYTURN_REDIS_URL", default="")
Q_CLUSTER = {
    "name": "slow",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 0.5,
    "timeout": 120,
    "retry": 300,
    "max_attempts": 3,
    "ack_failures": False,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 500,
    # A runner ends in time by itself; retry > timeout x (queue_limit / workers + 1), or a task would run twice.
    "ALT_CLUSTERS": {
        "locks": {"workers": 4, "queue_limit": 4, "timeout": 75, "retry": 240, "max_attempts": 1},
    },
    **({"redis": KEYTURN_REDIS_URL} if KEYTURN_REDIS_URL else {"orm": "default"}),
}

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": KEYTURN_REDIS_URL}
        if KEYTURN_REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
}

# Sign in: by e-mail, with a second factor for whoever sets one up

AUTH_USER_MODEL = "properties.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.ClosedSignup"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Accounts are made by an owner; many installations have no mail server to verify with.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Keyturn"
# Nobody signs up with another's address here, and none is verified; a link to a new password leaves an unverified one
# behind, which would keep everyone who was invited from a second factor for good.
MFA_ALLOW_UNVERIFIED_EMAIL = True

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="keyturn@localhost")

# Language and time: stored in UTC, shown in the zone of each property

LANGUAGE_CODE = "en-gb"
# Of what guests read; the pages of managers are in English.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Static files

STATIC_URL = "static/"
# Elsewhere the files are served from where they lie.
STATIC_ROOT = VAR_DIR / "static" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
    },
}

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if env.bool("KEYTURN_BEHIND_PROXY", default=False):
    # Only behind a proxy that sets this header itself; otherwise a visitor could claim to have come by TLS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# API

KEYTURN_API_RATE = env("KEYTURN_API_RATE", default="600/min")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["access.api.authentication.KeyMay"],
    "DEFAULT_THROTTLE_CLASSES": ["access.api.rates.KeyThrottle"],
    "DEFAULT_PARSER_CLASSES": ["access.api.parsing.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "access.api.errors.answer_error",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Keyturn",
    "VERSION": "1",
    "DESCRIPTION": (
        "Reservations become door codes. Bad input is 422 and names each field by its path. Looking takes a key with "
        "the scope read, changing write, door codes reveal. Answers tell what is left of the key's rate in the "
        "headers RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset (seconds); beyond it is 429, with Retry-After."
    ),
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {
        "StayKind": "properties.enums.StayKind",
        "StayStatus": "properties.enums.StayStatus",
        "StaffKind": "access.enums.StaffKind",
        "ProblemKind": "access.enums.ProblemKind",
        "FetchOutcome": "properties.enums.FetchOutcome",
        "SaveOutcome": "access.api.serializers.OUTCOMES",
        "DeliveryStatus": "access.enums.DeliveryStatus",
        "CodeKind": "access.api.codes.KINDS",
        "AccessKeyStatus": "access.api.access_keys.STATUSES",
    },
}

# Reports and logs

DEFAULT_EXCEPTION_REPORTER = "config.reporting.HidingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.reporting.HidingFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"links": {"()": "config.reporting.HideLinks"}},
    "handlers": {
        "nowhere": {"class": "logging.NullHandler"},
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["links"]},
    },
    "root": {"handlers": ["stderr"], "level": env("KEYTURN_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # They log whole addresses, and a feed's address is its password.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # It logs what it sends, codes and all.
        "apprise": {"handlers": ["nowhere"], "propagate": False},
    },
}
