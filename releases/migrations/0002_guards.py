"""Guards of the database: triggers that refuse what no writer may do."""

from django.db import migrations

FUNCTIONS = [
    """
CREATE OR REPLACE FUNCTION public.releases_approval_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    asked record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'approval % is evidence: it is neither changed nor deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT state, digest, expires_at INTO asked FROM public.releases_release WHERE id = NEW.release_id FOR UPDATE;
    IF asked.state IS DISTINCT FROM 'requested' OR asked.digest IS DISTINCT FROM NEW.digest THEN
        RAISE EXCEPTION 'release % is not waiting for an approval of this plan', NEW.release_id USING ERRCODE = 'check_violation';
    END IF;
    IF asked.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'release % has expired', NEW.release_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_evidence_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    RAISE EXCEPTION '% % is evidence: it is neither changed nor deleted', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_hold_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'hold % is evidence: it is lifted once, and never deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_publication_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' THEN
        RAISE EXCEPTION 'publication % is evidence: it only ends', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_release_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    following constant jsonb := '{
        "requested": ["approved", "denied", "withdrawn", "expired"],
        "approved": ["deploying", "denied", "withdrawn", "expired"],
        "deploying": ["deployed", "failed"]
    }';
    moving constant text[] := '{state,decided_by_id,decided_at,reason,job_id}';
    asked record;
    agreed integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'release % is evidence: it is not deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            RAISE EXCEPTION 'a release begins as requested' USING ERRCODE = 'check_violation';
        END IF;
        SELECT coalesce((settings ->> 'approvals_needed')::integer, least(position, 3) - 1) AS needed,
               NEW.requested_at + make_interval(hours => coalesce((settings ->> 'approval_hours')::integer, 72)) AS latest
            INTO asked FROM public.environments_environment WHERE id = NEW.environment_id;
        IF NEW.needed < asked.needed THEN
            RAISE EXCEPTION 'a release for this environment needs % approvals', asked.needed USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM public.releases_release
                   WHERE environment_id = NEW.environment_id AND digest = NEW.digest AND state = 'denied') THEN
            RAISE EXCEPTION 'this very plan was denied before' USING ERRCODE = 'check_violation';
        END IF;
        NEW.expires_at := least(NEW.expires_at, asked.latest);  -- least() passes over NULL
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'release %: what was requested is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT coalesce(following -> OLD.state ? NEW.state, false) THEN
        RAISE EXCEPTION 'release % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state NOT IN ('approved', 'deploying') THEN
        RETURN NEW;
    END IF;
    IF NEW.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'release % has expired', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM public.releases_release
               WHERE environment_id = NEW.environment_id AND digest = NEW.digest AND state = 'denied') THEN
        RAISE EXCEPTION 'release %: this very plan was denied', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM public.releases_review WHERE release_id = NEW.id) THEN
        RETURN NEW;  -- the glass was broken for it: the review is the debt
    END IF;
    SELECT count(DISTINCT approver_id) INTO agreed FROM public.releases_approval
        WHERE release_id = NEW.id AND digest = NEW.digest AND approver_id <> NEW.requested_by_id;
    IF agreed < NEW.needed THEN
        RAISE EXCEPTION 'release % has % of % approvals', OLD.id, agreed, NEW.needed USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'deploying' AND EXISTS (SELECT FROM public.releases_review
                                           WHERE environment_id = NEW.environment_id AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'release % waits for the review of a break-glass deployment', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_release_parts_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.bundle_id, NEW.alembic_head) IS DISTINCT FROM (OLD.bundle_id, OLD.alembic_head) THEN
        RAISE EXCEPTION 'release %: what was requested is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.bundle_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM public.releases_bundle WHERE id = NEW.bundle_id AND environment_id = NEW.environment_id) THEN
        RAISE EXCEPTION 'a release takes a bundle that was built for its environment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.releases_review_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    closing constant text[] := '{reviewer_id,finding,closed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.closed_at IS NOT NULL OR NOT EXISTS (SELECT FROM public.releases_release
            WHERE id = NEW.release_id AND environment_id = NEW.environment_id AND state IN ('requested', 'approved')) THEN
            RAISE EXCEPTION 'a review opens with an open release of its environment' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL OR to_jsonb(NEW) - closing IS DISTINCT FROM to_jsonb(OLD) - closing THEN
        RAISE EXCEPTION 'review % is evidence: it is closed once, and never deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
]
TRIGGERS = [
    """
CREATE TRIGGER releases_approval_guard
    BEFORE INSERT OR DELETE OR UPDATE ON public.releases_approval
    FOR EACH ROW EXECUTE FUNCTION releases_approval_guard()
    """,
    """
CREATE TRIGGER releases_bundle_guard
    BEFORE DELETE OR UPDATE ON public.releases_bundle
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_containerlog_guard
    BEFORE UPDATE ON public.releases_containerlog
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_freezeoverride_guard
    BEFORE DELETE OR UPDATE ON public.releases_freezeoverride
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_hold_guard
    BEFORE DELETE OR UPDATE ON public.releases_hold
    FOR EACH ROW EXECUTE FUNCTION releases_hold_guard()
    """,
    """
CREATE TRIGGER releases_publication_guard
    BEFORE DELETE OR UPDATE ON public.releases_publication
    FOR EACH ROW EXECUTE FUNCTION releases_publication_guard()
    """,
    """
CREATE TRIGGER releases_release_guard
    BEFORE INSERT OR DELETE OR UPDATE ON public.releases_release
    FOR EACH ROW EXECUTE FUNCTION releases_release_guard()
    """,
    """
CREATE TRIGGER releases_release_parts_guard
    BEFORE INSERT OR UPDATE ON public.releases_release
    FOR EACH ROW EXECUTE FUNCTION releases_release_parts_guard()
    """,
    """
CREATE TRIGGER releases_review_guard
    BEFORE INSERT OR DELETE OR UPDATE ON public.releases_review
    FOR EACH ROW EXECUTE FUNCTION releases_review_guard()
    """,
    """
CREATE TRIGGER releases_smokerun_guard
    BEFORE UPDATE ON public.releases_smokerun
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_smokerun_kept
    BEFORE DELETE ON public.releases_smokerun
    FOR EACH ROW WHEN ((NOT (((old.origin)::text = 'schedule'::text) AND old.passed AND (old.ended_at < (now() - '90 days'::interval))))) EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_smokeversion_guard
    BEFORE DELETE OR UPDATE ON public.releases_smokeversion
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
    """
CREATE TRIGGER releases_waitoverride_guard
    BEFORE DELETE OR UPDATE ON public.releases_waitoverride
    FOR EACH ROW EXECUTE FUNCTION releases_evidence_guard()
    """,
]
CONSTRAINTS = [  # an approval names the requester of what it approves: Django has no such foreign key
    """
ALTER TABLE public.releases_approval ADD CONSTRAINT approval_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id)
    """,
    """
ALTER TABLE public.releases_freezeoverride ADD CONSTRAINT override_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id)
    """,
    """
ALTER TABLE public.releases_review ADD CONSTRAINT review_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id)
    """,
]
DROPPED = [
    "ALTER TABLE public.releases_approval DROP CONSTRAINT approval_names_the_requester",
    "ALTER TABLE public.releases_freezeoverride DROP CONSTRAINT override_names_the_requester",
    "ALTER TABLE public.releases_review DROP CONSTRAINT review_names_the_requester",
    "DROP TRIGGER releases_approval_guard ON public.releases_approval",
    "DROP TRIGGER releases_bundle_guard ON public.releases_bundle",
    "DROP TRIGGER releases_containerlog_guard ON public.releases_containerlog",
    "DROP TRIGGER releases_freezeoverride_guard ON public.releases_freezeoverride",
    "DROP TRIGGER releases_hold_guard ON public.releases_hold",
    "DROP TRIGGER releases_publication_guard ON public.releases_publication",
    "DROP TRIGGER releases_release_guard ON public.releases_release",
    "DROP TRIGGER releases_release_parts_guard ON public.releases_release",
    "DROP TRIGGER releases_review_guard ON public.releases_review",
    "DROP TRIGGER releases_smokerun_guard ON public.releases_smokerun",
    "DROP TRIGGER releases_smokerun_kept ON public.releases_smokerun",
    "DROP TRIGGER releases_smokeversion_guard ON public.releases_smokeversion",
    "DROP TRIGGER releases_waitoverride_guard ON public.releases_waitoverride",
    "DROP FUNCTION public.releases_approval_guard",
    "DROP FUNCTION public.releases_evidence_guard",
    "DROP FUNCTION public.releases_hold_guard",
    "DROP FUNCTION public.releases_publication_guard",
    "DROP FUNCTION public.releases_release_guard",
    "DROP FUNCTION public.releases_release_parts_guard",
    "DROP FUNCTION public.releases_review_guard",
]


class Migration(migrations.Migration):
    dependencies = [("releases", "0001_initial")]
    operations = [migrations.RunSQL([*FUNCTIONS, *TRIGGERS, *CONSTRAINTS], DROPPED)]
