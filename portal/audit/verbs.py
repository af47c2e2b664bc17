"""The closed vocabulary of the audit trail: an act that is not here cannot be audited."""

from enum import StrEnum


class Verb(StrEnum):
    """What was done, or tried."""

    # access
    LOGIN = "access.login"
    LOGIN_FAILED = "access.login_failed"
    LOGOUT = "access.logout"
    ROLES_CHANGED = "access.roles_changed"
    BREAK_GLASS_ACCOUNT = "access.break_glass_account"
    REFUSED = "access.refused"
    TOKEN_CREATED = "access.token_created"  # noqa: S105
    TOKEN_REVOKED = "access.token_revoked"  # noqa: S105
    # jobs
    JOB_SUBMITTED = "job.submitted"
    JOB_CLAIMED = "job.claimed"
    JOB_STATE = "job.state_changed"
    JOB_FENCED = "job.fenced"
    JOB_CANCEL = "job.cancel_requested"
    JOB_RESUMED = "job.resumed"
    JOB_SUPERSEDED = "job.superseded"
    STEP_STARTED = "job.step_started"
    STEP_ENDED = "job.step_ended"
    CHANGES_FROZEN = "changes.frozen"
    CHANGES_RESUMED = "changes.resumed"
    # the cloud
    OCI_CALL = "oci.call"
    # environments
    ENVIRONMENT_CHANGED = "environment.changed"
    ENVIRONMENT_CHANGE_REQUESTED = "environment.change_requested"
    PLAN_MADE = "environment.planned"
    PLAN_APPLY = "environment.apply_requested"
    PLAN_APPROVED = "environment.plan_approved"
    DESTROY = "environment.destroy_requested"
    DRIFT_FOUND = "environment.drift_found"
    DRIFT_ACCEPTED = "environment.drift_taken_over"
    ADOPTION_CHOSEN = "environment.adoption_chosen"
    INVENTORY_EXPORTED = "environment.inventory_exported"
    KEY_ROTATE = "secret.key_rotate_requested"
    DELETION_CANCEL = "secret.deletion_cancel_requested"
    SECRET_SET = "secret.set"  # noqa: S105
    CERTIFICATE_IMPORT = "certificate.imported"
    REGION_SUBSCRIBE = "environment.region_subscribe_requested"
    SECRET_READ = "secret.read"  # noqa: S105
    # releases
    RELEASE_REQUESTED = "release.requested"
    RELEASE_APPROVED = "release.approved"
    RELEASE_DENIED = "release.denied"
    RELEASE_WITHDRAWN = "release.withdrawn"
    RELEASE_EXPIRED = "release.expired"
    FREEZE_CHANGED = "release.freeze_changed"
    FREEZE_OVERRIDDEN = "release.freeze_overridden"
    GLASS_BROKEN = "release.glass_broken"
    REVIEW_CLOSED = "release.review_closed"
    RELEASE_DEPLOY = "release.deploy_requested"
    BUNDLE_UPLOADED = "release.bundle_uploaded"
    FRONTEND_PUBLISHED = "release.frontend_published"
    FRONTEND_ROLLBACK = "release.frontend_rollback_requested"
    RELEASE_ROLLBACK = "release.rollback_requested"
    RELEASE_SCALE = "release.scale_requested"
    RELEASE_GO_AHEAD = "release.go_ahead_given"
    HOLD_PLACED = "release.hold_placed"
    HOLD_LIFTED = "release.hold_lifted"
    SMOKE_TEST = "release.smoke_tested"
    SMOKE_TEST_CHANGED = "release.smoke_test_changed"
    EVIDENCE = "release.evidence_exported"
    # incidents
    WEBHOOK_RECEIVED = "incident.webhook_received"
    ALARM_READ = "incident.alarm_read"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_RESOLVED = "incident.resolved"
    INCIDENT_ESCALATED = "incident.escalated"
    RUNBOOK_CHANGED = "runbook.changed"
    # who is told
    NOTIFICATIONS_CHOSEN = "notification.preferences_changed"
    NOTIFY_WEBHOOK_ADDED = "notification.webhook_added"
    NOTIFY_WEBHOOK_TESTED = "notification.webhook_tested"
    NOTIFY_WEBHOOK_OFF = "notification.webhook_turned_off"
    ROTA_CHANGED = "notification.rota_changed"
    # the audit trail itself
    AUDIT_EXPORTED = "audit.exported"
    CONFIG_EXPORTED = "config.exported"
    AUDIT_CHECKPOINT = "audit.checkpoint"


class Outcome(StrEnum):
    """What is known of the act when the row is written."""

    ADMITTED = "admitted"  # committed before the call
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
