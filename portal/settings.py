"""Settings: every value comes from the environment (or from the file that `NAME_FILE` points
to); docs/deploy.md lists them.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.urls import reverse_lazy

from portal.lib.environment_variables import SettingsReader
from portal.navigation import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
env = SettingsReader()

# --- the process ------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
PORTAL_URL = env.str("PORTAL_URL", default="http://localhost:8000")
PORTAL_SANDBOX = env.bool(
    "PORTAL_SANDBOX", default=False
)  # told by `manage.py sandbox`: pages say that the cloud is simulated
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "portal.formats"
USE_I18N = False

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the default one would put its own admin site in place of ours
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "portal.apps.PortalAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "mozilla_django_oidc",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "portal.apps.PortalConfig",
    "portal.audit",
    "portal.jobs",
    "portal.accounts",
    "portal.mail",
    "portal.notifications",
    "portal.dashboard",
    "portal.api",
    "environments",
    "releases",
    "runbooks",
]

MIDDLEWARE = [
    "portal.dashboard.health.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.dashboard.counting.CountingMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.accounts.middleware.AccessMiddleware",
    "portal.accounts.refusals.RefusalMiddleware",
]

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
                "portal.dashboard.context.chrome",
            ],
            "builtins": [
                "portal.dashboard.templatetags.portal_ui",
                "environments.templatetags.environment_ui",
            ],
        },
    }
]

# --- database: the runtime role may not change the schema nor the audit trail; the owner role
# migrates --------------
DATABASE_POOL = env.int("DATABASE_POOL", default=26)
_pool = {
    "min_size": 1,
    "max_size": DATABASE_POOL,
    "timeout": 5,
    "reconnect_timeout": 5,  # else it pauses for minutes after an outage that lasted minutes
}
_reach: dict[str, Any] = {  # a server that vanishes without a word is noticed within seconds
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 2000,  # milliseconds
}
_limits = {  # no session waits for another for ever, nor holds its locks after its process froze
    "lock_timeout": "3s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "15s",
}
if env.bool("DATABASE_TIMEOUTS", default=True):
    _limits_option = {"options": " ".join(f"-c {name}={most}" for name, most in _limits.items())}
else:
    _limits_option = {}  # a pooler refuses them: ALTER ROLE portal_app SET ... instead
_database = env.db_url("DATABASE_URL")
_database["CONN_HEALTH_CHECKS"] = (
    True  # a restart of the server must not be met again by every pooled connection
)
_database["OPTIONS"] = {
    **_reach,
    **_limits_option,
    **({"pool": _pool} if DATABASE_POOL else {}),
    **_database.get("OPTIONS", {}),
}
_owner = env.db_url("DATABASE_OWNER_URL", default=env.str("DATABASE_URL"))
_owner["OPTIONS"] = {**_reach, **_owner.get("OPTIONS", {})}
DATABASES: dict[str, Any] = {
    "default": {**_database, "TEST": {"MIRROR": "owner"}},
    "owner": _owner,
}
DATABASE_ROUTERS = ["portal.databases.OwnerMigrates"]
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default=_database.get("USER") or "portal_app")

# --- Celery is a doorbell: no results, JSON only, no remote control ---------------------
CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_TASK_DEFAULT_QUEUE = "doorbell"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- acts -------------------------------------------------------------------------------
ACT_TABLES = [
    "portal.jobs.acts.ACTS",
    "portal.api.token_acts.ACTS",
    "portal.notifications.acts.ACTS",
    "environments.acts.ACTS",
    "releases.acts.ACTS",
    "runbooks.acts.ACTS",
]

# --- rights in OCI: what the portal's own principal needs, by part ----------------------
PORTAL_RIGHTS = ["environments.rights.RIGHTS", "releases.rights.RIGHTS"]

# --- jobs -------------------------------------------------------------------------------
JOB_KINDS = {
    "environments.plan": "environments.jobs.plans.MakePlan",
    "environments.apply": "environments.jobs.plans.Apply",
    "environments.destroy": "environments.jobs.plans.Destroy",
    "environments.subscribe_region": "environments.jobs.regions.SubscribeRegion",
    "environments.drift": "environments.jobs.watch.Drift",
    "environments.discover": "environments.jobs.watch.Discover",
    "environments.figures": "environments.jobs.watch.PostCustomMetrics",
    "environments.rotate_key": "environments.jobs.vault.RotateKey",
    "environments.cancel_deletion": "environments.jobs.vault.CancelDeletion",
    "releases.deploy": "releases.jobs.deployment.DeployJob",
    "releases.rollback": "releases.jobs.deployment.RollbackJob",
    "releases.scale": "releases.jobs.deployment.ScaleJob",
    "releases.keep": "releases.jobs.routine.RetentionJob",
    "releases.clean_up": "releases.jobs.routine.CleanUpJob",
    "releases.smoke": "releases.jobs.routine.SmokeJob",
    "releases.publish": "releases.jobs.frontend.PublishJob",
    "releases.smoke_round": "releases.jobs.routine.SmokeScheduleJob",
    "releases.lapse": "releases.jobs.routine.ExpiryJob",
    "mail.send": "portal.mail.jobs.Send",
    "audit.anchor": "portal.anchors.jobs.AnchorJob",
    "jobs.housekeeping": "portal.jobs.housekeeping.Housekeeping",
    "notifications.send": "portal.notifications.jobs.SendNotices",
    "runbooks.readback": "runbooks.jobs.ReadBack",
    "runbooks.poll": "runbooks.jobs.PollAlarms",
    "runbooks.escalate": "runbooks.jobs.Escalate",
    "runbooks.confirm": "runbooks.jobs.Confirm",
}
JOB_KIND_ALIASES: dict[
    str, str
] = {}  # former name: present name, for unfinished jobs that were stored under the former one
JOB_SCHEDULES = {  # name: (job kind, seconds between occurrences)
    "poll-alarms": ("runbooks.poll", 60),
    "escalate": ("runbooks.escalate", 60),
    "drift": ("environments.drift", 600),
    "figures": ("environments.figures", 60),
    "lapse": ("releases.lapse", 60),
    "keep": ("releases.keep", 60),
    "mail": ("mail.send", 300),
    "anchor": ("audit.anchor", 60),
    "notifications": ("notifications.send", 60),
    "smoke-tests": ("releases.smoke_round", 60),
    "housekeeping": ("jobs.housekeeping", 3600),
}
RETENTION_DAYS = {  # how long rows are kept; 0 keeps them for good
    name: env.int(f"RETENTION_{name.upper()}_DAYS", default=days)
    for name, days in {
        "routine_jobs": 1,  # of the portal's own jobs, those that succeeded
        "failed_routine_jobs": 30,
        "jobs": 730,  # the audit trail keeps what they did
        "job_logs": 180,
        "container_logs": 180,
        "emails": 90,
        "notices": 30,
        "notifications": 90,
        "idempotency_keys": 7,
        "drift_reports": 30,
        "smoke_results": 90,
    }.items()
}
HOUSEKEEPING = [  # functions that delete what is kept long enough, and say how much that was
    "portal.jobs.housekeeping.delete_jobs",
    "portal.jobs.housekeeping.delete_job_logs",
    "portal.jobs.housekeeping.delete_occurrences",
    "portal.accounts.signins.delete_ended_sessions",
    "portal.api.idempotency.delete_old",
    "portal.mail.outbox.delete_old",
    "portal.notifications.outbox.delete_old",
    "releases.deployment.logs.delete_old",
    "runbooks.alarms.webhook.delete_old",
]

# --- what each app gives to pages of all: functions by dotted path, called in this order ---
DASHBOARD_CARDS = [  # the first makes the cards, the others add to them
    "environments.dashboard.make_cards",
    "releases.dashboard.add_to_cards",
    "runbooks.dashboard.add_to_cards",
    "portal.dashboard.jobs.add_to_cards",
]
DASHBOARD_INBOX = [
    "releases.dashboard.inbox",
    "runbooks.dashboard.inbox",
    "environments.dashboard.inbox",
    "portal.dashboard.jobs.inbox",
]
TIMELINE_SOURCES = [
    "releases.dashboard.live_timeline",
    "releases.dashboard.request_timeline",
    "portal.dashboard.jobs.timeline",
    "releases.dashboard.rule_timeline",
    "releases.dashboard.smoke_timeline",
    "environments.dashboard.timeline",
    "runbooks.dashboard.timeline",
]
JOB_PARKED = ["portal.notifications.parked.tell_parked"]  # called when a job needs an operator
ENVIRONMENT_SLUGS = ["environments.dashboard.slugs"]
EXPORT_RUNBOOKS = [
    "runbooks.models.runbook.all_runbooks"
]  # what an exported configuration holds besides resources
PROMOTION_CONCERNS = [
    "runbooks.incidents.open_incidents"
]  # what else keeps a release from being promoted
JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", default=10.0)
JOB_SWEEP_SECONDS = env.float("JOB_SWEEP_SECONDS", default=1.0)
JOB_SLOTS = env.int("JOB_SLOTS", default=4)
JOB_STEP_THREADS = env.int("JOB_STEP_THREADS", default=16)
JOB_CRASH_DELAYS = env.list(
    "JOB_CRASH_DELAYS", cast=float, default=[2, 8, 30, 120]
)  # seconds from a worker's last sign of life
JOB_SETTLE_SECONDS = env.float(
    "JOB_SETTLE_SECONDS", default=120.0
)  # how long OCI may hide what it has just made
WORKER_STEADY_SECONDS = env.float(
    "WORKER_STEADY_SECONDS", default=60.0
)  # how long a new worker has to run without a restart before its step is done
JOB_TOKEN_KEY = env.str("JOB_TOKEN_KEY", default=SECRET_KEY)

# --- audit ------------------------------------------------------------------------------
AUDIT_SIGNING_KEY = env.str(
    "AUDIT_SIGNING_KEY", default=""
)  # Ed25519 private key, 32 bytes in base64
AUDIT_ANCHOR_BUCKET = env.str("AUDIT_ANCHOR_BUCKET", default="")  # where signed heads go
AUDIT_ANCHOR_NAMESPACE = env.str("AUDIT_ANCHOR_NAMESPACE", default="")  # the tenancy's own
AUDIT_ANCHOR_REGION = env.str("AUDIT_ANCHOR_REGION", default="")  # OCI_REGION
AUDIT_ANCHORS = "portal.anchors.bucket.read_heads"

# --- OCI --------------------------------------------------------------------------------
OCI = {
    "auth": env.str(
        "OCI_AUTH", default="api_key"
    ),  # api_key | instance_principal | resource_principal
    "tenancy": env.str("OCI_TENANCY", default=""),
    "user": env.str("OCI_USER", default=""),
    "fingerprint": env.str("OCI_FINGERPRINT", default=""),
    "key": env.str("OCI_KEY", default=""),  # PEM text; in practice OCI_KEY_FILE
    "region": env.str("OCI_REGION", default="us-ashburn-1"),
    # calls in seconds that a service takes from one tenancy; Oracle raises some on request
    "rates": env.str("OCI_RATES", default="kms=10/1 monitoring=10/1 ons=60/60"),
    "endpoint": (
        env.str("OCI_ENDPOINT", default="").rstrip("/")
    ),  # one address for all services: the simulator
}

# --- incidents --------------------------------------------------------------------------
WEBHOOK_USER = env.str("WEBHOOK_USER", default="oci")
WEBHOOK_PASSWORD = env.str("WEBHOOK_PASSWORD", default="")
WEBHOOK_URL = env.str("WEBHOOK_URL", default=f"{PORTAL_URL}/hooks/oci-notifications/")

# --- notifications ----------------------------------------------------------------------
NOTIFY_HOSTS: list[str] = env.list(
    "NOTIFY_HOSTS", default=[]
)  # hosts that webhooks may post to: host, host:port, or .domain for all below it

# --- sign-in ----------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "portal.accounts.oidc.PortalOIDCBackend",
    "portal.accounts.breakglass.BreakGlassBackend",
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_DISCOVERY_URL = env.str(
    "OIDC_DISCOVERY_URL", default=""
)  # where it is not below the issuer, as for OCI identity domains
OIDC_CA_FILE = env.str("OIDC_CA_FILE", default="")  # certificates of a private authority, PEM
OIDC_RP_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_RP_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_RP_SCOPES = env.str("OIDC_SCOPES", default="openid profile email groups")
OIDC_RP_SIGN_ALGO = env.str("OIDC_SIGN_ALGO", default="")  # empty: what both sides take
OIDC_OP_AUTHORIZATION_ENDPOINT = env.str("OIDC_AUTHORIZATION_ENDPOINT", default="")
OIDC_OP_TOKEN_ENDPOINT = env.str("OIDC_TOKEN_ENDPOINT", default="")
OIDC_OP_USER_ENDPOINT = env.str("OIDC_USERINFO_ENDPOINT", default="")
OIDC_OP_JWKS_ENDPOINT = env.str("OIDC_JWKS_ENDPOINT", default="")
OIDC_OP_LOGOUT_ENDPOINT = env.str("OIDC_END_SESSION_ENDPOINT", default="")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_USE_PKCE = True
OIDC_PKCE_CODE_CHALLENGE_METHOD = "S256"
OIDC_TIMEOUT = 3
OIDC_USE_NONCE = True
OIDC_TOKEN_USE_BASIC_AUTH = env.bool("OIDC_TOKEN_BASIC_AUTH", default=False)
OIDC_SUBJECT_CLAIM = env.str(
    "OIDC_SUBJECT_CLAIM", default="sub"
)  # another one where the provider may reuse `sub`
IDENTITY_READ_SECONDS = 60  # how old the provider's last word may be for looking
IDENTITY_WRITE_SECONDS = env.int("IDENTITY_WRITE_SECONDS", default=1)  # and for a change
FRESH_SIGN_IN_SECONDS = 15 * 60  # how old a sign-in may be for a dangerous act
FRESH_BREAK_GLASS_SECONDS = 5 * 60

ACCOUNT_ADAPTER = "portal.accounts.breakglass.BreakGlassAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "TRUSTED_PROXY_COUNT", default=int(BEHIND_TLS_PROXY)
)  # how many proxies in front may name the client
MFA_ADAPTER = "portal.accounts.breakglass.EncryptedSecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PORTAL_URL.startswith("https://")
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# rate limits must count the same in every web process, and must not be pushed out by many addresses
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- web security -----------------------------------------------------------------------
_https = PORTAL_URL.startswith("https://")
SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-portal-session" if _https else "portal-session"
CSRF_COOKIE_NAME = "__Host-portal-csrf" if _https else "portal-csrf"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.accounts.refusals.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [
            SELF
        ],  # no inline script, no eval: static/portal/alpine-csp.js makes unfold work without
        "style-src": [
            SELF,
            UNSAFE_INLINE,
        ],  # unfold writes its colours and some widths into the page
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
METRICS_TOKEN = env.str(
    "METRICS_TOKEN", default=""
)  # bearer token of the Prometheus that reads /metrics

# --- files ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
globals().update(
    env.email_url("EMAIL_URL", default="consolemail://")
)  # EMAIL_BACKEND, EMAIL_HOST and their like
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="portal@localhost")

# --- REST -------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.permissions.HasRole"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.api.negotiation.OneFormat",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of the audit export
    "DEFAULT_PAGINATION_CLASS": "portal.api.pagination.NewestFirst",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.errors.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Portal",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "The OCI side of ConceptLens: environments, releases, incidents, audit.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["portal.api.permissions.IsKnown"],
    "ENUM_NAME_OVERRIDES": {
        "JobState": "portal.jobs.states.JobState",
        "PlanState": "environments.models.plan.PlanState",
        "PlanKind": "environments.models.plan.PlanKind",
        "ReleaseState": "releases.models.release.ReleaseState",
        "DeploymentState": "releases.models.deployment.DeploymentState",
        "IncidentKind": "runbooks.models.incident.KINDS",
        "IncidentState": "runbooks.models.incident.IncidentState",
    },
}

# --- logs: one JSON line an event, secrets masked ---------------------------------------
DEFAULT_EXCEPTION_REPORTER_FILTER = "portal.logs.NothingReported"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"oci": {"level": "WARNING"}, "urllib3": {"level": "WARNING"}},
}

env.finish()  # all that is missing or wrong, at once
