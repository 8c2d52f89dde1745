"""All settings, by topic. Each comes from the environment and has a default that works embedded, on one machine.

The table of settings is in README.md; an example file is .env.example.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import environ
from django.utils.csp import CSP

from dashboard import connections, local_node, local_secrets, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

TESTING = "pytest" in sys.modules

# --- Where things lie -----------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
SPOOL_DIR = Path(env.str("SPOOL_DIR", default=str(DATA_DIR / "spool")))
ARCHIVE_DIR = Path(env.str("ARCHIVE_DIR", default=str(DATA_DIR / "archive")))
# The highest pulse of the database that this node has seen: a restored backup is noticed by it (dashboard/pulse.py).
PULSE_FILE = DATA_DIR / "pulse.json"
# This machine's name among several: an upload is relayed on the node whose spool holds it.
NODE = env.str("NODE", default="") or local_node.name(DATA_DIR / "node")

# --- Secrets --------------------------------------------------------------------------------------
LOCAL_SECRETS = local_secrets.load(DATA_DIR / "secrets.json") if not env.str("SECRET_KEY", default="") else None
SECRET_KEY = env.str("SECRET_KEY", default=LOCAL_SECRETS["secret_key"] if LOCAL_SECRETS else "")
# "kid:base64key,kid:base64key": the first one seals, all of them open (key rotation).
KEY_RING = env.str("KEY_RING", default=LOCAL_SECRETS["key_ring"] if LOCAL_SECRETS else "")

# --- Addresses ------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# The address people and providers reach us at. Only a public https one is given to a real provider as webhook address.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Proxies in front that add to X-Forwarded-For: so many of its last addresses are believed, and no others.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL] if PUBLIC_URL.startswith("https") else [])
SUBMAGIC_URL = env.str("SUBMAGIC_URL", default="https://api.submagic.co").rstrip("/")
MAGIC_HOUR_URL = env.str("MAGIC_HOUR_URL", default="https://api.magichour.ai").rstrip("/")
PICOVICO_URL = env.str("PICOVICO_URL", default="https://uapi-f1.picovico.com/v2.1").rstrip("/")  # archived
# The local stand-in for the providers; empty when there is none.
SANDBOX_URL = env.str("SANDBOX_URL", default="").rstrip("/")
DEMO_EMAIL = "demo@clipdesk.example"  # of the person that set-up makes for a sandbox, with a demo team

# --- Application ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "dashboard.apps.DashboardConfig",
    "projects_app.apps.ProjectsConfig",
    "publishing_app.apps.PublishingConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "huey.contrib.djhuey",
]

MIDDLEWARE = [
    "projects_app.middleware.DoorMiddleware",
    "dashboard.middleware.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "projects_app.middleware.MediaPolicyMiddleware",
    "dashboard.middleware.PersonMiddleware",
    "dashboard.middleware.PrivatePagesMiddleware",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context_processors.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "lucide.templatetags.lucide",
                "dashboard.templatetags.ui",
                "dashboard.templatetags.timefmt",
            ],
        },
    }
]

# --- Database, cache, queue -----------------------------------------------------------------------
# FULL: what was committed is on disk (reliability 1.3, I1). With less a power cut takes back a call that went out.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": connections.BUSY_MILLISECONDS / 1000,
    "init_command": f"PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;{connections.BUSY};",
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'desk.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = _SQLITE
    # A file, not memory: only then do threads wait for each other as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif not TESTING:  # tests open and drop databases, which a pool would hold on to
    connections.share(DATABASES["default"], most=env.int("DATABASE_CONNECTIONS", default=20))

# "sqlite" (a file of its own in DATA_DIR), redis://… or postgresql://…
QUEUE_URL = env.str("QUEUE_URL", default="sqlite")
if QUEUE_URL.startswith(("redis://", "rediss://")):
    _queue = {"huey_class": "huey.RedisHuey", "connection": {"url": QUEUE_URL}}
elif QUEUE_URL.startswith(("postgres://", "postgresql://")):
    _queue = {"huey_class": "huey.PostgresHuey", "connection": {"dsn": QUEUE_URL}}
else:
    _queue = {
        "huey_class": "huey.SqliteHuey",
        "connection": {"filename": str(DATA_DIR / "queue.sqlite3"), "timeout": 20, "fsync": False},
    }
# Desks that share one Redis (or one queue database) have names of their own; else one would take the other's work.
QUEUE_NAME = env.str("QUEUE_NAME", default="default")
HUEY = _queue | {
    "name": QUEUE_NAME,
    "results": False,
    # Never Huey's default (settings.DEBUG): in tests a task runs where it is called, else on a worker.
    "immediate": TESTING,
    "immediate_use_memory": True,
}
WORKER_THREADS = env.int("WORKER_THREADS", default=6)
RELAY_THREADS, POST_THREADS = env.int("RELAY_THREADS", default=4), env.int("POST_THREADS", default=2)

CACHE_URL = env.str("CACHE_URL", default=QUEUE_URL if QUEUE_URL.startswith("redis") else "")
CACHES: dict[str, dict[str, Any]] = {"default": {"LOCATION": CACHE_URL, "KEY_PREFIX": QUEUE_NAME}}
if CACHE_URL:
    CACHES["default"]["BACKEND"] = "django.core.cache.backends.redis.RedisCache"
    CACHES["default"]["OPTIONS"] = {"socket_connect_timeout": 2, "socket_timeout": 2}  # every page looks into it
else:
    # In the database, because several web processes must share login limits even on one machine.
    # Django's 300 entries would let strangers' counters push out login limits and budgets.
    CACHES["default"] |= {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "dashboard_cache"}
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 100_000}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Work on rows (dashboard/leases.py) -----------------------------------------------------------
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
REDELIVER_SECONDS = env.int("REDELIVER_SECONDS", default=60)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=5 if not SANDBOX_URL else 1)
WEBHOOKS_PER_SECOND = env.int("WEBHOOKS_PER_SECOND", default=500)  # that one web process takes; more are told 429
# How often a key's published feed is read. The provider's own numbers move slowly; the sandbox's quickly.
FEED_SYNC_SECONDS = env.int("FEED_SYNC_SECONDS", default=900)
SANDBOX_FEED_SYNC_SECONDS = env.int("SANDBOX_FEED_SYNC_SECONDS", default=20)

# --- Uploads --------------------------------------------------------------------------------------
UPLOAD_MAX_ACTIVE = env.int("UPLOAD_MAX_ACTIVE", default=48)  # PATCH bodies per web process; stays below its threads
UPLOAD_CHUNK_BYTES = env.int("UPLOAD_CHUNK_BYTES", default=0)  # 0: one PATCH for the whole file (no proxy limit)
# One person's uploads under way, and one team's bytes in all spools; who is beyond is told to wait.
UPLOADS_OPEN_PER_PERSON = env.int("UPLOADS_OPEN_PER_PERSON", default=10)
UPLOAD_BYTES_PER_TEAM = env.int("UPLOAD_BYTES_PER_TEAM", default=100_000_000_000)
# Bytes per second a provider takes, until measured: the hand-over opens just in time for it (just-in-time cut-through).
RELAY_RATE_GUESS = env.int("RELAY_RATE_GUESS", default=30_000_000)
SPOOL_FLOOR_BYTES = env.int("SPOOL_FLOOR_BYTES", default=1 << 30)  # free space an upload never takes
ARCHIVE_BYTES_PER_TEAM = env.int("ARCHIVE_BYTES_PER_TEAM", default=100_000_000_000)  # copies of finished videos
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", default=500_000_000)  # one file for the media library
# 200 rows of B-roll have 1,200 fields; of chosen files those beyond what one request brings on are named, not refused.
DATA_UPLOAD_MAX_MEMORY_SIZE, DATA_UPLOAD_MAX_NUMBER_FIELDS, DATA_UPLOAD_MAX_NUMBER_FILES = 2_621_440, 3_000, 500
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "dashboard.User"
AUTHENTICATION_BACKENDS = ["dashboard.backends.PersonBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "dashboard.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# People come by invitation or by the set-up link, so the address is known; without a mail server it must work too.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = {"login": "20/h/ip", "login_failed": "10/5m/key,20/d/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Accounts come from invitations and set-up only, and many desks send no mail: nothing would ever verify an address.
MFA_PASSKEY_LOGIN_ENABLED = MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PUBLIC_URL.startswith("https")  # http://localhost
MFA_TOTP_ISSUER = "Clipdesk"
USERSESSIONS_TRACK_ACTIVITY = False  # it would write to the database at every request

# --- Security -------------------------------------------------------------------------------------
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE, SESSION_COOKIE_SAMESITE = 7 * 24 * 3600, "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "clipdesk_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "clipdesk_csrf"  # read by static/js/csrf.js
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^readyz$"]  # a balancer asks the process itself, by plain http
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "media-src": [CSP.SELF, "blob:"],
    "frame-src": [CSP.NONE],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# Where finished videos may lie. A page names only the exact hosts of its own that match here (a dot: and subdomains).
MEDIA_HOSTS = env.list("MEDIA_HOSTS", default=[".submagic.co", ".cloudfront.net", ".magichour.ai"])

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_HASHED = "dashboard.static_storage.HashedStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # we keep no user files by this road
    "staticfiles": {"BACKEND": _PLAIN if DEBUG or TESTING else _HASHED},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # to list them is 27 ms for each test's client

# --- Mail -----------------------------------------------------------------------------------------
MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
if env.str("EMAIL_URL", default=""):
    _mail = env.email_url("EMAIL_URL")
    MAILERS["default"] = {
        "BACKEND": _mail["EMAIL_BACKEND"],
        "OPTIONS": {
            "host": _mail["EMAIL_HOST"],
            "port": _mail["EMAIL_PORT"],
            "username": _mail["EMAIL_HOST_USER"],
            "password": _mail["EMAIL_HOST_PASSWORD"],
            "use_tls": _mail.get("EMAIL_USE_TLS", False),
            "use_ssl": _mail.get("EMAIL_USE_SSL", False),
        },
    }
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="clipdesk@localhost")

# --- Logs -----------------------------------------------------------------------------------------
LOGGING = logs.config(env.str("LOG_LEVEL", default="INFO"))
