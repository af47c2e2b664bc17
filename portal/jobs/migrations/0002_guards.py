"""Triggers that refuse what the state table of `states.py` does not have, and changes of what is over."""

from django.db import migrations

JOB = """
CREATE FUNCTION public.jobs_job_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    following constant jsonb := '{
        "queued": ["running", "cancelling", "needs_operator"],
        "running": ["waiting", "cancelling", "compensating", "needs_operator", "succeeded", "failed"],
        "waiting": ["running", "cancelling", "needs_operator"],
        "cancelling": ["compensating", "needs_operator", "succeeded", "cancelled"],
        "compensating": ["needs_operator", "compensated"],
        "needs_operator": ["waiting", "cancelling", "compensating", "failed"]
    }';
BEGIN
    IF OLD.state IN ('succeeded', 'failed', 'cancelled', 'compensated') THEN
        RAISE EXCEPTION 'job % is over (%): its row is frozen', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT following -> OLD.state ? NEW.state THEN
        RAISE EXCEPTION 'job % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.epoch < OLD.epoch THEN
        RAISE EXCEPTION 'job %: the epoch never falls', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.kind, NEW.environment, NEW.mutating, NEW.actor, NEW.spec, NEW.spec_digest, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.environment, OLD.mutating, OLD.actor, OLD.spec, OLD.spec_digest, OLD.created_at) THEN
        RAISE EXCEPTION 'job %: what was ordered is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER jobs_job_guard BEFORE UPDATE ON public.jobs_job FOR EACH ROW EXECUTE FUNCTION public.jobs_job_guard();
"""

CALL = """
CREATE FUNCTION public.jobs_call_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'call %: its outcome is recorded and frozen', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER jobs_call_guard BEFORE UPDATE ON public.jobs_call FOR EACH ROW WHEN (OLD.outcome = 'done')
    EXECUTE FUNCTION public.jobs_call_guard();
"""


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("jobs", "0001_initial")]
    operations = [
        migrations.RunSQL(JOB, "DROP FUNCTION public.jobs_job_guard CASCADE"),
        migrations.RunSQL(CALL, "DROP FUNCTION public.jobs_call_guard CASCADE"),
    ]
