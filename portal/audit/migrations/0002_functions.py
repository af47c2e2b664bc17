"""The functions that are the only way to add to the trail, and the triggers that refuse every change of what is there."""

from django.db import migrations

TABLES = ["audit_event", "audit_seal", "audit_batch", "audit_node", "audit_checkpoint"]

REFUSE = """
CREATE FUNCTION public.audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail only grows: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

APPEND = """
CREATE FUNCTION public.audit_append(
    actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    made bigint;
BEGIN
    -- one statement, no IF: each further expression of PL/pgSQL would be set up anew in every transaction;
    -- row_to_json writes the columns in this order, without blanks, escaped as canonical JSON is; OFFSET 0: computed once
    INSERT INTO public.audit_event (xid, at, actor, verb, subject, environment, outcome, job, request_id, body, leaf)
    SELECT pg_current_xact_id()::text::bigint, t.moment, actor, verb, subject, environment, outcome, job, request_id, t.body,
           sha256('\\x00'::bytea || convert_to(t.body, 'UTF8'))
    FROM (
        SELECT m.moment, (
            SELECT row_to_json(r)::text FROM (
                SELECT actor, to_char(m.moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
                       detail::json AS detail, environment, job, outcome, request_id, subject, verb
            ) AS r
        ) AS body
        FROM (SELECT clock_timestamp() AS moment OFFSET 0) AS m
        OFFSET 0
    ) AS t
    -- a row names its actor, verb and outcome, and its detail is an object; else there is none, which STRICT refuses
    WHERE actor <> '' AND verb <> '' AND outcome <> '' AND json_typeof(detail::json) = 'object'
    RETURNING id INTO STRICT made;
    RETURN made;
END $$;
"""

SEAL = """
CREATE FUNCTION public.audit_seal_pending(wait boolean, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- whatever the statistics say: the few rows that are new are looked up by index, never by reading the whole trail
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    lowest bigint;
    next_horizon bigint;
    here bigint;
    before bigint;
    added bigint;
BEGIN
    IF wait THEN
        PERFORM pg_advisory_xact_lock(7305801);
    ELSIF NOT pg_try_advisory_xact_lock(7305801) THEN
        RETURN NULL;  -- another worker is at it
    END IF;
    SELECT system_identifier INTO here FROM pg_control_system();
    SELECT horizon INTO lowest FROM public.audit_batch WHERE cluster = here
        AND size = (SELECT max(size) FROM public.audit_batch);
    -- before the look at the rows: what is undecided now must be looked at again by the next pass
    next_horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    SELECT coalesce(max(sequence), 0) INTO before FROM public.audit_seal;
    INSERT INTO public.audit_seal (sequence, event_id)
        WITH recent AS MATERIALIZED (SELECT id FROM public.audit_event WHERE xid >= coalesce(lowest, 0))
        SELECT before + row_number() OVER (ORDER BY r.id), r.id FROM recent r
        WHERE NOT EXISTS (SELECT FROM public.audit_seal s WHERE s.event_id = r.id)
        ORDER BY r.id LIMIT most;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 THEN
        IF added = most THEN
            next_horizon := coalesce(lowest, 0);  -- there may be more: the window stays open
        END IF;
        INSERT INTO public.audit_batch (size, horizon, cluster, sealed_at)
            VALUES (before + added, next_horizon, here, clock_timestamp());
    END IF;
    RETURN before + added;
END $$;
"""

NODE = """
CREATE FUNCTION public.audit_keep_nodes(level integer, first bigint, hashes bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.audit_node (level, position, hash)
        SELECT level, first + n - 1, h FROM unnest(hashes) WITH ORDINALITY AS t (h, n) ORDER BY n
$$;
"""

CHECKPOINT = """
CREATE FUNCTION public.audit_keep_checkpoint(
    size bigint, root text, "time" text, prev text, key_id text, public_key text, signature text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF size > (SELECT coalesce(max(s.sequence), 0) FROM public.audit_seal s) THEN
        RAISE EXCEPTION 'a checkpoint covers sealed rows only';
    END IF;
    IF size <= (SELECT coalesce(max(c.size), -1) FROM public.audit_checkpoint c) THEN
        RAISE EXCEPTION 'a checkpoint covers more rows than the one before';
    END IF;
    INSERT INTO public.audit_checkpoint VALUES (size, root, "time", prev, key_id, public_key, signature, clock_timestamp());
END $$;
"""

FUNCTIONS = ["audit_append", "audit_seal_pending", "audit_keep_nodes", "audit_keep_checkpoint"]


def guard(table: str) -> str:
    """Return the trigger of one table."""
    return (
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON public.{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();"
    )


class Migration(migrations.Migration):
    """Needs a schema `public` that the runtime role cannot create in, as PostgreSQL 15 and later make it."""

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION public.audit_refuse() CASCADE"),
        *[migrations.RunSQL(guard(table), migrations.RunSQL.noop) for table in TABLES],
        *[
            migrations.RunSQL(sql, f"DROP FUNCTION public.{name}")
            for name, sql in zip(FUNCTIONS, [APPEND, SEAL, NODE, CHECKPOINT], strict=True)
        ],
        *[migrations.RunSQL(f"REVOKE ALL ON FUNCTION public.{name} FROM PUBLIC", migrations.RunSQL.noop) for name in FUNCTIONS],
    ]
