"""Guards of the database: triggers that refuse what no writer may do."""

from django.db import migrations

FUNCTIONS = [
    """
CREATE OR REPLACE FUNCTION public.environments_plan_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    agreed integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.kind = 'destroy' AND (NEW.requester_id IS NULL OR NEW.needed < (
            SELECT least(position, 2) - 1 FROM public.environments_environment WHERE id = NEW.environment_id)) THEN
            RAISE EXCEPTION 'a plan that destroys this environment needs a person who asks and another who agrees'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.environment_id, NEW.kind, NEW.digest, NEW.requester_id, NEW.needed) IS DISTINCT FROM
       (OLD.id, OLD.environment_id, OLD.kind, OLD.digest, OLD.requester_id, OLD.needed) THEN
        RAISE EXCEPTION 'plan %: what was planned is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('applying', 'applied') AND NEW.needed > 0 THEN
        SELECT count(DISTINCT approver_id) INTO agreed FROM public.environments_planapproval
            WHERE plan_id = NEW.id AND digest = NEW.digest AND approver_id <> NEW.requester_id;
        IF agreed < NEW.needed THEN
            RAISE EXCEPTION 'plan % has % of % approvals', OLD.id, agreed, NEW.needed USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $function$
    """,
    """
CREATE OR REPLACE FUNCTION public.environments_planapproval_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    asked record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'plan approval % is evidence: it is neither changed nor deleted', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT state, digest INTO asked FROM public.environments_plan WHERE id = NEW.plan_id FOR UPDATE;
    IF asked.state IS DISTINCT FROM 'open' OR asked.digest IS DISTINCT FROM NEW.digest THEN
        RAISE EXCEPTION 'plan % is not waiting for an approval of these changes', NEW.plan_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$
    """,
]
TRIGGERS = [
    """
CREATE TRIGGER environments_plan_guard
    BEFORE INSERT OR UPDATE ON public.environments_plan
    FOR EACH ROW EXECUTE FUNCTION environments_plan_guard()
    """,
    """
CREATE TRIGGER environments_planapproval_guard
    BEFORE INSERT OR DELETE OR UPDATE ON public.environments_planapproval
    FOR EACH ROW EXECUTE FUNCTION environments_planapproval_guard()
    """,
]
CONSTRAINTS = [  # an approval names the requester of what it approves: Django has no such foreign key
    """
ALTER TABLE public.environments_planapproval ADD CONSTRAINT plan_approval_names_the_requester
    FOREIGN KEY (plan_id, requester_id) REFERENCES public.environments_plan(id, requester_id)
    """,
]
DROPPED = [
    "ALTER TABLE public.environments_planapproval DROP CONSTRAINT plan_approval_names_the_requester",
    "DROP TRIGGER environments_plan_guard ON public.environments_plan",
    "DROP TRIGGER environments_planapproval_guard ON public.environments_planapproval",
    "DROP FUNCTION public.environments_plan_guard",
    "DROP FUNCTION public.environments_planapproval_guard",
]


class Migration(migrations.Migration):
    dependencies = [("environments", "0001_initial")]
    operations = [migrations.RunSQL([*FUNCTIONS, *TRIGGERS, *CONSTRAINTS], DROPPED)]
