"""Rules that hold whoever writes: four eyes, a bound plan, legal moves."""

from django.db import migrations

RELEASE = """
CREATE FUNCTION public.releases_release_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    following constant jsonb := '{
        "requested": ["approved", "denied", "withdrawn"],
        "approved": ["deploying", "denied", "withdrawn"],
        "deploying": ["deployed", "failed"]
    }';
    agreed integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'release % is evidence: it is not deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            RAISE EXCEPTION 'a release begins as requested' USING ERRCODE = 'check_violation';
        END IF;
        SELECT coalesce((settings ->> 'approvals_needed')::integer, least(position, 3) - 1) INTO agreed
            FROM public.environments_environment WHERE id = NEW.environment_id;
        IF NEW.needed < agreed THEN
            RAISE EXCEPTION 'a release for this environment needs % approvals', agreed USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.environment_id, NEW.version, NEW.git_sha, NEW.api_tag, NEW.api_digest, NEW.worker_tag, NEW.worker_digest,
        NEW.notes, NEW.requested_by_id, NEW.requested_at, NEW.plan, NEW.digest, NEW.needed) IS DISTINCT FROM
       (OLD.id, OLD.environment_id, OLD.version, OLD.git_sha, OLD.api_tag, OLD.api_digest, OLD.worker_tag, OLD.worker_digest,
        OLD.notes, OLD.requested_by_id, OLD.requested_at, OLD.plan, OLD.digest, OLD.needed) THEN
        RAISE EXCEPTION 'release %: what was requested is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT coalesce(following -> OLD.state ? NEW.state, false) THEN
        RAISE EXCEPTION 'release % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('approved', 'deploying') THEN
        SELECT count(DISTINCT approver_id) INTO agreed FROM public.releases_approval
            WHERE release_id = NEW.id AND digest = NEW.digest AND approver_id <> NEW.requested_by_id;
        IF agreed < NEW.needed THEN
            RAISE EXCEPTION 'release % has % of % approvals', OLD.id, agreed, NEW.needed USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER releases_release_guard BEFORE INSERT OR UPDATE OR DELETE ON public.releases_release
    FOR EACH ROW EXECUTE FUNCTION public.releases_release_guard();
"""

APPROVAL = """
ALTER TABLE public.releases_approval ADD CONSTRAINT approval_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release (id, requested_by_id);
CREATE FUNCTION public.releases_approval_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'approval % is evidence: it is neither changed nor deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT state, digest INTO asked FROM public.releases_release WHERE id = NEW.release_id FOR UPDATE;
    IF asked.state IS DISTINCT FROM 'requested' OR asked.digest IS DISTINCT FROM NEW.digest THEN
        RAISE EXCEPTION 'release % is not waiting for an approval of this plan', NEW.release_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER releases_approval_guard BEFORE INSERT OR UPDATE OR DELETE ON public.releases_approval
    FOR EACH ROW EXECUTE FUNCTION public.releases_approval_guard();
"""

RUN = """
CREATE FUNCTION public.releases_evidence_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% % is evidence: it is neither changed nor deleted', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER releases_smokerun_guard BEFORE UPDATE OR DELETE ON public.releases_smokerun
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
"""


class Migration(migrations.Migration):
    """Adds the triggers, and the foreign key over two columns that Django cannot express."""

    dependencies = [("releases", "0001_initial"), ("environments", "0001_initial")]
    operations = [
        migrations.RunSQL(RELEASE, "DROP FUNCTION public.releases_release_guard CASCADE"),
        migrations.RunSQL(APPROVAL, "DROP FUNCTION public.releases_approval_guard CASCADE"),
        migrations.RunSQL(RUN, "DROP FUNCTION public.releases_evidence_guard CASCADE"),
    ]
