"""The ledger of changing calls to OCI: intent before, outcome after."""

import json

from django.db import models

from portal.jobs.definition import JsonObject
from portal.jobs.models.step import StepRow
from portal.jobs.states import CallOutcome
from portal.lib.redact import redact_words

# Both are written through a lease (Lease.write), whose row of the job is `held`.
INTENT = """
    INSERT INTO jobs_call (
        step_id, label, generation, service, operation, target, token, request_digest, tries,
        intent_at, outcome, request_id, work_request, error)
    SELECT %(step)s, %(label)s, %(generation)s, %(service)s, %(operation)s, %(target)s, %(token)s,
        %(request_digest)s, %(tries)s, %(intent_at)s, '', '', '', '' FROM held WHERE held.go
    ON CONFLICT (step_id, label, generation) DO UPDATE SET
        token = excluded.token, request_digest = excluded.request_digest, tries = excluded.tries,
        intent_at = excluded.intent_at, outcome = '', outcome_at = NULL
    RETURNING id"""
OUTCOME = """
    UPDATE jobs_call AS c SET
        sent_at = %(sent_at)s, outcome_at = %(outcome_at)s, outcome = %(outcome)s,
        answer = %(answer)s, request_id = %(request_id)s,
        work_request = %(work_request)s, error = %(error)s
    FROM held WHERE c.id = %(id)s RETURNING c.id"""

JSON_FIELDS = (
    "label",
    "generation",
    "target",
    "tries",
    "outcome",
    "request_digest",
    "request_id",
    "work_request",
    "error",
)


class Call(models.Model):
    """One changing call. The token is fixed with the intent and goes along on every try."""

    step = models.ForeignKey(StepRow, on_delete=models.CASCADE, related_name="calls")
    label = models.CharField(max_length=200)
    generation = models.IntegerField(
        default=1, help_text="Raised only after an operator looked in OCI."
    )
    service = models.CharField(max_length=64)
    operation = models.CharField(max_length=128)
    target = models.CharField(max_length=255, blank=True)
    token = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=80)
    tries = models.IntegerField(default=1)
    intent_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    outcome_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=16, blank=True, choices=[(o.value, o.value or "open") for o in CallOutcome]
    )
    answer = models.JSONField(
        null=True, help_text="What a step that runs again is told; secrets are masked."
    )
    request_id = models.CharField(max_length=255, blank=True)
    work_request = models.CharField(max_length=255, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["intent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "label", "generation"], name="one_call_per_label"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"

    def as_values(self) -> JsonObject:
        """Return the columns by name, for the statements above."""
        names = [field.attname for field in self._meta.concrete_fields]
        answer = None if self.answer is None else json.dumps(self.answer)
        columns = {name: getattr(self, name) for name in names}
        told = {"error": redact_words(self.error), "answer": answer}
        return {**columns, "step": self.step_id, **told}

    def as_dict(self) -> JsonObject:
        """Return the call as JSON values, without its answer."""
        times = {name: getattr(self, name) for name in ("intent_at", "sent_at", "outcome_at")}
        return {
            "operation": str(self),
            **{name: getattr(self, name) for name in JSON_FIELDS},
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }
