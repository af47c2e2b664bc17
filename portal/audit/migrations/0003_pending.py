"""Rows that wait for their number stand in a table of their own.

Until now the sealer found them by the transaction numbers of the server. In a restored database those are another
server's, so that each pass read the whole trail. The columns `xid`, `horizon` and `cluster` are still written: processes of
the release before read them while an upgrade is under way.
"""

from django.db import migrations

TABLE = """
CREATE TABLE public.audit_pending (event_id bigint PRIMARY KEY);
INSERT INTO public.audit_pending (event_id)
    SELECT e.id FROM public.audit_event e WHERE NOT EXISTS (SELECT FROM public.audit_seal s WHERE s.event_id = e.id);
"""

APPEND = """
CREATE OR REPLACE FUNCTION public.audit_append(
    actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    made bigint;
BEGIN
    -- one statement, no IF: each further expression of PL/pgSQL would be set up anew in every transaction;
    -- row_to_json writes the columns in this order, without blanks, escaped as canonical JSON is; OFFSET 0: computed once
    WITH row_made AS (
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
    RETURNING id)
    -- no row without its place in the queue of the sealer
    INSERT INTO public.audit_pending (event_id) SELECT id FROM row_made RETURNING event_id INTO STRICT made;
    RETURN made;
END $$;
"""

SEAL = """
CREATE OR REPLACE FUNCTION public.audit_seal_pending(wait boolean, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    before bigint;
    added bigint;
BEGIN
    IF wait THEN
        PERFORM pg_advisory_xact_lock(7305801);
    ELSIF NOT pg_try_advisory_xact_lock(7305801) THEN
        RETURN NULL;  -- another worker is at it
    END IF;
    SELECT coalesce(max(sequence), 0) INTO before FROM public.audit_seal;
    WITH taken AS (
        DELETE FROM public.audit_pending WHERE event_id IN (
            SELECT event_id FROM public.audit_pending ORDER BY event_id LIMIT most
        ) RETURNING event_id
    )
    INSERT INTO public.audit_seal (sequence, event_id)
        SELECT before + row_number() OVER (ORDER BY event_id), event_id FROM taken
        -- a row that was sealed past this function must not stop all others
        WHERE NOT EXISTS (SELECT FROM public.audit_seal s WHERE s.event_id = taken.event_id)
        ORDER BY event_id;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 THEN
        INSERT INTO public.audit_batch (size, horizon, cluster, sealed_at) VALUES (before + added, 0, 0, clock_timestamp());
    END IF;
    RETURN before + added;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (TABLE, APPEND, SEAL)
    ]
