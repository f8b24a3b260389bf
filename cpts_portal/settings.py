"""Settings: production-safe by default, every difference comes from the environment.

The variables are listed in docs/deployment.md. One that production cannot do without, such as
SECRET_KEY or DATABASE_URL, is a refusal to start when it is missing, never a default.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import environs
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environs.Env()


def required(name: str, purpose: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} manque dans l’environnement : {purpose}")
    return value


# --- Where we are ---------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SECRET_KEY = required("SECRET_KEY", "une phrase secrète d’au moins 50 caractères.")
FIELD_ENCRYPTION_KEYS = required(
    "FIELD_ENCRYPTION_KEYS", "une ou plusieurs clés Fernet, la plus récente d’abord."
).split(",")
FIELD_HASH_KEY = (
    hashlib.sha256(SECRET_KEY.encode()).hexdigest()
    if (DEBUG or DEMO) and not env.str("FIELD_HASH_KEY", "")
    else required("FIELD_HASH_KEY", "une phrase secrète qui ne change jamais : elle retrouve.")
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [] if not DEBUG else ["*"])
PUBLIC_URL = (
    env.str("PUBLIC_URL", "http://localhost:8000")
    if DEBUG or DEMO
    else required("PUBLIC_URL", "https://…, le début de chaque lien envoyé.")
).rstrip("/")
DEMO_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
if DEMO and not DEBUG and not DEMO_HOSTS.issuperset(ALLOWED_HOSTS):
    raise ImproperlyConfigured("DEMO ouvre les comptes à tous : ALLOWED_HOSTS doit rester local.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https") else []
SECURE = env.bool("HTTPS", not (DEBUG or DEMO))
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

# --- What it is made of ---------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
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
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "lucide",
    "pgtrigger",
    "pghistory",
    "template_partials",
    "cpts_portal.core",
    "members",
    "patients",
    "unscheduled_care",
    "prevention",
    "cpts_portal.board",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cpts_portal.core.middleware.UnavailableMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "cpts_portal.core.middleware.headers_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "cpts_portal.core.middleware.UnreadableMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.LoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.middleware.SessionAgeMiddleware",
    "members.middleware.SecondFactorMiddleware",
    "members.middleware.CptsMiddleware",
    "cpts_portal.core.middleware.HistoryMiddleware",
    "cpts_portal.core.logs.LogMiddleware",
    "cpts_portal.core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "cpts_portal.urls"
WSGI_APPLICATION = "cpts_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "django.template.context_processors.i18n",
                "cpts_portal.core.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "lucide.templatetags.lucide",
                "cpts_portal.core.templatetags.portal",
            ],
        },
    }
]
FORM_RENDERER = "cpts_portal.core.forms.PortalRenderer"

# --- Database, cache, broker ----------------------------------------------------------------
CPTS_MODEL = "members.Cpts"
AUTH_USER_MODEL = "members.User"
DATABASE_URL = required("DATABASE_URL", "postgresql://… (make demo démarre le sien).")
DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=600)}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "prepare_threshold": 2,  # for core.prepared alone: Django binds values on its side
        "options": (
            f"-c statement_timeout={env.int('DB_STATEMENT_TIMEOUT', 15_000)} -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=30000"
        ),
    }
)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = required("REDIS_URL", "redis://… (make demo démarre le sien).")
CACHES = {
    "default": {"BACKEND": "cpts_portal.core.cache.SturdyCache", "LOCATION": "cache_fallback"},
    "valkey": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    },
    "database": {
        "BACKEND": "cpts_portal.core.cache.FallbackCache",
        "LOCATION": "cache_fallback",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "send-minutes": {"task": "board.send_minutes", "schedule": crontab(minute="10")},
    "sweep-messages": {"task": "core.sweep_messages", "schedule": timedelta(minutes=1)},
    "beat-heart": {"task": "core.beat", "schedule": timedelta(seconds=30)},
    "erase-what-is-due": {"task": "core.erase_due", "schedule": crontab(hour="2", minute="15")},
    "rank-waiting-again": {
        "task": "patients.rank_waiting_again",
        "schedule": crontab(hour="2", minute="45"),
    },
    "renew-memberships": {
        "task": "members.renew_memberships",
        "schedule": crontab(hour="3", minute="15"),
    },
    "remind-delegations": {
        "task": "members.remind_delegations",
        "schedule": crontab(hour="6", minute="20"),
    },
    "remind-meetings": {"task": "members.remind_meetings", "schedule": crontab(minute="10")},
    "warn-unused-accounts": {
        "task": "members.warn_unused_accounts",
        "schedule": crontab(hour="6", minute="40"),
    },
    "introduce-newcomers": {
        "task": "members.introduce_newcomers",
        "schedule": crontab(hour="6", minute="40"),
    },
    "remind-ads": {"task": "members.remind_ads", "schedule": crontab(hour="6", minute="30")},
    "send-ads-digest": {
        "task": "members.send_ads_digest",
        "schedule": crontab(day_of_week="fri,sat", minute="25"),
    },
    "forget-board-changes": {
        "task": "unscheduled_care.forget_board_changes",
        "schedule": crontab(hour="2", minute="30"),
    },
    "materialise-weeks": {
        "task": "unscheduled_care.materialise",
        "schedule": crontab(minute="5"),
    },
    "widen-needs": {
        "task": "unscheduled_care.widen_needs",
        "schedule": timedelta(minutes=1),
    },
    "read-busy-feeds": {
        "task": "unscheduled_care.read_busy_feeds",
        "schedule": crontab(minute="*/5"),
    },
    "link-gp-requests": {
        "task": "unscheduled_care.link_gp_requests",
        "schedule": crontab(minute="35"),
    },
    "move-lines": {
        "task": "unscheduled_care.move_lines",
        "schedule": timedelta(minutes=1),
    },
    "send-deliveries": {
        "task": "prevention.send_deliveries",
        "schedule": timedelta(minutes=1),
    },
    "move-lines-of-sessions": {
        "task": "prevention.move_lines",
        "schedule": timedelta(minutes=1),
    },
    "close-sessions": {
        "task": "prevention.close_sessions",
        "schedule": crontab(hour="2", minute="50"),
    },
    "return-late-referrals": {
        "task": "patients.return_late_referrals",
        "schedule": timedelta(minutes=1),
    },
}

# --- Who comes in ---------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "members.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
MFA_ADAPTER = "members.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Portail CPTS"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
USERSESSIONS_TRACK_ACTIVITY = True
SECOND_FACTOR_REQUIRED = not DEMO

SESSION_ENGINE = "cpts_portal.core.session_store"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cpts_portal.core.views.csrf_failure"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
if SECURE:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SESSION_ABSOLUTE_AGE = timedelta(hours=12)
SESSION_ABSOLUTE_AGE_COORDINATOR = timedelta(hours=8)

# --- What the browser may do ----------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "midi", "payment", "usb", "browsing-topics"),
    )
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- What leaves ----------------------------------------------------------------------------
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Portail CPTS <portail@cpts.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ANYMAIL = dict(env.json("ANYMAIL", {}))
SMS_BACKEND = env.str("SMS_BACKEND", "cpts_portal.core.sms.FileBackend" if DEMO else "")
SMS_OPTIONS: dict[str, Any] = dict(env.json("SMS_OPTIONS", {}))
if DEMO:
    EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
REMINDERS_PER_MINUTE = env.int("REMINDERS_PER_MINUTE", 600)
DEMO_OUTBOX_DIR = Path(env.str("DEMO_OUTBOX_DIR", str(BASE_DIR / "var" / "demo" / "outbox")))
EMAIL_FILE_PATH = DEMO_OUTBOX_DIR / "emails"

# --- What is forgotten, after how many days ---------------------------------------------------
RETENTION_DAYS: dict[str, int] = {
    "draft": 7,
    "closed_request": 183,
    "snp_claim": 60,
    "registration": 60,
    "delivery": 183,
    "hold": 1,
    "refused_application": 183,
    "member": 1095,
    "unused_account": 730,
    "invitation": 90,
    "factor_reset": 365,
    "import": 30,
    "message": 90,
    "access": 365,
    "session": 0,
    "cache": 0,
    **dict(env.json("RETENTION_DAYS", {})),
}

# --- French first ---------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("français")), ("en", _("anglais"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# --- Files served ---------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
if DEBUG:
    STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
elif DEMO:  # nothing to gain by compressing for the same machine, and six seconds to lose
    STATIC_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
else:
    STATIC_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# --- Traces: ids, never a name ----------------------------------------------------------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "cpts_portal.core.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.db.backends": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django_structlog": {"level": env.str("REQUEST_LOG_LEVEL", "INFO")},
    },
}
