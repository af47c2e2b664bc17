"""A parked job keeps its environment's place until it is superseded; superseded, it can only end."""

from django.db import migrations, models
from django.db.models import Q

PLACE = "one_unfinished_mutating_job_per_environment"

# Until now a parked job held no place, so another job may have changed its environment since. Such
# a job must not go on: it is marked by the job that is at work, else by the newest that has begun.
MARK = """
WITH marked AS (
    UPDATE public.jobs_job AS parked SET superseded_by = later.id
    FROM (
        SELECT DISTINCT ON (p.id) p.id AS parked, j.id
        FROM public.jobs_job AS p JOIN public.jobs_job AS j
            ON j.environment = p.environment AND j.mutating AND j.id <> p.id
        WHERE p.state = 'needs_operator' AND p.mutating AND p.environment <> '' AND (
            j.state IN ('queued', 'running', 'waiting', 'cancelling', 'compensating')
            OR (j.created_at, j.id) > (p.created_at, p.id)
                AND (j.started_at IS NOT NULL OR j.state = 'needs_operator'))
        ORDER BY p.id, j.state IN ('queued', 'running', 'waiting', 'cancelling', 'compensating') DESC,
            j.created_at DESC
    ) AS later
    WHERE parked.id = later.parked
    RETURNING parked.id, parked.environment, parked.superseded_by
)
SELECT public.audit_append('system:migration', 'job.superseded', 'job:' || id, environment, 'done',
                           id::text, '', '{"by":"job:' || superseded_by || '"}') FROM marked
"""

GUARD = """
CREATE FUNCTION public.jobs_job_superseded_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.superseded_by IS DISTINCT FROM OLD.superseded_by OR NEW.state NOT IN ('needs_operator', 'failed') THEN
        RAISE EXCEPTION 'job % is superseded by %: it can only be abandoned', OLD.id, OLD.superseded_by
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER jobs_job_superseded_guard BEFORE UPDATE ON public.jobs_job FOR EACH ROW
    WHEN (OLD.superseded_by IS NOT NULL) EXECUTE FUNCTION public.jobs_job_superseded_guard();
"""


class Migration(migrations.Migration):
    """Adds the column, marks what was overtaken before, then has the database keep the rule."""

    dependencies = [("jobs", "0002_guards"), ("audit", "0002_functions")]

    operations = [
        migrations.AddField(
            "job",
            "superseded_by",
            models.UUIDField(
                editable=False, null=True, help_text="The job that took this one's environment over."
            ),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
        migrations.RemoveConstraint("job", "one_mutating_job_per_environment"),
        migrations.AddConstraint(
            "job",
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(
                    ("mutating", True),
                    (
                        "state__in",
                        [
                            "cancelling",
                            "compensating",
                            "needs_operator",
                            "queued",
                            "running",
                            "waiting",
                        ],
                    ),
                    ("superseded_by__isnull", True),
                )
                & ~Q(environment=""),
                name=PLACE,
            ),
        ),
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["created_at"], condition=Q(("state", "needs_operator")), name="job_parked"
            ),
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION public.jobs_job_superseded_guard CASCADE"),
    ]
