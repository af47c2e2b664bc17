SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.audit_append(actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_variable
DECLARE
    made bigint;
BEGIN
    -- one statement, no IF: each further expression of PL/pgSQL would be set up anew in every transaction;
    -- row_to_json writes the columns in this order, without blanks, escaped as canonical JSON is; OFFSET 0: computed once
    INSERT INTO public.audit_event (xid, at, actor, verb, subject, environment, outcome, job, request_id, body, leaf)
    SELECT pg_current_xact_id()::text::bigint, t.moment, actor, verb, subject, environment, outcome, job, request_id, t.body,
           sha256('\x00'::bytea || convert_to(t.body, 'UTF8'))
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
CREATE FUNCTION public.audit_keep_checkpoint(size bigint, root text, "time" text, prev text, key_id text, public_key text, signature text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF size > (SELECT coalesce(max(s.sequence), 0) FROM public.audit_seal s) THEN
        RAISE EXCEPTION 'a checkpoint covers sealed rows only';
    END IF;
    IF size <= (SELECT coalesce(max(c.size), -1) FROM public.audit_checkpoint c) THEN
        RAISE EXCEPTION 'a checkpoint covers more rows than the one before';
    END IF;
    INSERT INTO public.audit_checkpoint VALUES (size, root, "time", prev, key_id, public_key, signature, clock_timestamp());
END $$;
CREATE FUNCTION public.audit_keep_nodes(level integer, first bigint, hashes bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO public.audit_node (level, position, hash)
        SELECT level, first + n - 1, h FROM unnest(hashes) WITH ORDINALITY AS t (h, n) ORDER BY n
$$;
CREATE FUNCTION public.audit_refuse() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail only grows: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION public.audit_seal_pending(wait boolean, most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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
CREATE FUNCTION public.environments_plan_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
END $$;
CREATE FUNCTION public.environments_planapproval_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
END $$;
CREATE FUNCTION public.jobs_call_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'call %: its outcome is recorded and frozen', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION public.jobs_job_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.releases_approval_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
END $$;
CREATE FUNCTION public.releases_evidence_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION '% % is evidence: it is neither changed nor deleted', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION public.releases_hold_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'hold % is evidence: it is lifted once, and never deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.releases_publication_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' THEN
        RAISE EXCEPTION 'publication % is evidence: it only ends', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.releases_release_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
END $$;
CREATE FUNCTION public.releases_release_parts_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.bundle_id, NEW.alembic_head) IS DISTINCT FROM (OLD.bundle_id, OLD.alembic_head) THEN
        RAISE EXCEPTION 'release %: what was requested is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.bundle_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM public.releases_bundle WHERE id = NEW.bundle_id AND environment_id = NEW.environment_id) THEN
        RAISE EXCEPTION 'a release takes a bundle that was built for its environment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.releases_review_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id bigint NOT NULL
);
ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);
ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    issuer character varying(255) NOT NULL,
    subject character varying(255) NOT NULL,
    roles character varying(64)[] NOT NULL,
    is_staff boolean NOT NULL
);
CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.accounts_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_apitoken (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    digest character varying(64) NOT NULL,
    hint character varying(4) NOT NULL,
    scopes character varying(16)[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by character varying(200) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by character varying(200) NOT NULL,
    owner_id bigint NOT NULL
);
ALTER TABLE public.api_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_idempotencykey (
    id bigint NOT NULL,
    actor character varying(200) NOT NULL,
    key character varying(128) NOT NULL,
    request_digest character varying(71) NOT NULL,
    status smallint NOT NULL,
    response text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT api_idempotencykey_status_check CHECK ((status >= 0))
);
ALTER TABLE public.api_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_batch (
    size bigint NOT NULL,
    horizon bigint NOT NULL,
    cluster bigint NOT NULL,
    sealed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.audit_checkpoint (
    size bigint NOT NULL,
    root text NOT NULL,
    "time" text NOT NULL,
    prev text NOT NULL,
    key_id text NOT NULL,
    public_key text NOT NULL,
    signature text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.audit_event (
    id bigint NOT NULL,
    xid bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    verb text NOT NULL,
    subject text NOT NULL,
    environment text NOT NULL,
    outcome text NOT NULL,
    job text NOT NULL,
    request_id text NOT NULL,
    body text NOT NULL,
    leaf bytea NOT NULL
);
ALTER TABLE public.audit_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_node (
    id bigint NOT NULL,
    level smallint NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE public.audit_node ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.audit_node_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_seal (
    sequence bigint NOT NULL,
    event_id bigint NOT NULL
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id bigint NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.environments_adoption (
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    ocid character varying(400) NOT NULL,
    kept jsonb NOT NULL,
    chosen_by character varying(160) NOT NULL,
    chosen_at timestamp with time zone NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.environments_adoption ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_adoption_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_discovery (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    proposals jsonb NOT NULL,
    settings jsonb NOT NULL,
    wrong jsonb NOT NULL,
    problem text NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.environments_discovery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_discovery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_driftitem (
    id bigint NOT NULL,
    sort character varying(10) NOT NULL,
    key character varying(300) NOT NULL,
    kind character varying(60) NOT NULL,
    name character varying(255) NOT NULL,
    ocid character varying(400) NOT NULL,
    field character varying(80) NOT NULL,
    desired jsonb,
    found jsonb,
    reason text NOT NULL,
    settings jsonb NOT NULL,
    not_a_setting text NOT NULL,
    who character varying(255) NOT NULL,
    origin jsonb NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    taken_over_by character varying(160) NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.environments_driftitem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_driftitem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_driftreport (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    changes jsonb NOT NULL,
    count integer NOT NULL,
    unmanaged integer NOT NULL,
    problem text NOT NULL,
    environment_id bigint NOT NULL,
    CONSTRAINT environments_driftreport_count_check CHECK ((count >= 0)),
    CONSTRAINT environments_driftreport_unmanaged_check CHECK ((unmanaged >= 0))
);
ALTER TABLE public.environments_driftreport ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_driftreport_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_environment (
    id bigint NOT NULL,
    slug character varying(12) NOT NULL,
    name character varying(60) NOT NULL,
    "position" smallint NOT NULL,
    prefix character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    home_region character varying(30) NOT NULL,
    dr_region character varying(30) NOT NULL,
    owner character varying(100) NOT NULL,
    cost_center character varying(60) NOT NULL,
    protected boolean NOT NULL,
    compartment_ocid character varying(255) NOT NULL,
    CONSTRAINT environments_environment_position_check CHECK (("position" >= 0))
);
ALTER TABLE public.environments_environment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_environment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_managedresource (
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    kind character varying(40) NOT NULL,
    name character varying(255) NOT NULL,
    ocid character varying(400) NOT NULL,
    state character varying(40) NOT NULL,
    facts jsonb NOT NULL,
    tags jsonb NOT NULL,
    job uuid,
    seen_at timestamp with time zone NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.environments_managedresource ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_managedresource_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_plan (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    digest character varying(71) NOT NULL,
    desired_digest character varying(71) NOT NULL,
    observed_digest character varying(71) NOT NULL,
    changes jsonb NOT NULL,
    known jsonb NOT NULL,
    notes jsonb NOT NULL,
    cost jsonb NOT NULL,
    options jsonb NOT NULL,
    estimate_seconds integer NOT NULL,
    needed smallint NOT NULL,
    state character varying(10) NOT NULL,
    requested_by character varying(160) NOT NULL,
    made_by_job uuid,
    apply_job uuid,
    apply_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    environment_id bigint NOT NULL,
    requester_id bigint,
    CONSTRAINT approvals_need_a_requester CHECK (((needed = 0) OR (requester_id IS NOT NULL))),
    CONSTRAINT environments_plan_estimate_seconds_check CHECK ((estimate_seconds >= 0)),
    CONSTRAINT environments_plan_needed_check CHECK ((needed >= 0))
);
ALTER TABLE public.environments_plan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_plan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_planapproval (
    id bigint NOT NULL,
    digest character varying(71) NOT NULL,
    comment text NOT NULL,
    approved_at timestamp with time zone NOT NULL,
    approver_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    CONSTRAINT plan_approver_is_not_requester CHECK ((NOT (approver_id = requester_id)))
);
ALTER TABLE public.environments_planapproval ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_planapproval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_region (
    id bigint NOT NULL,
    name character varying(30) NOT NULL,
    status character varying(20) NOT NULL,
    is_home boolean NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
ALTER TABLE public.environments_region ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_region_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.environments_secretreference (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    secret_ocid character varying(255) NOT NULL,
    version_number integer NOT NULL,
    set_by character varying(160) NOT NULL,
    set_at timestamp with time zone,
    environment_id bigint NOT NULL,
    CONSTRAINT environments_secretreference_version_number_check CHECK ((version_number >= 0))
);
ALTER TABLE public.environments_secretreference ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.environments_secretreference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.jobs_call (
    id bigint NOT NULL,
    label character varying(200) NOT NULL,
    generation integer NOT NULL,
    service character varying(64) NOT NULL,
    operation character varying(128) NOT NULL,
    target character varying(255) NOT NULL,
    token character varying(64) NOT NULL,
    request_digest character varying(80) NOT NULL,
    tries integer NOT NULL,
    intent_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    outcome_at timestamp with time zone,
    outcome character varying(16) NOT NULL,
    answer jsonb,
    request_id character varying(255) NOT NULL,
    work_request character varying(255) NOT NULL,
    error text NOT NULL,
    step_id bigint NOT NULL
);
ALTER TABLE public.jobs_call ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.jobs_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.jobs_job (
    id uuid NOT NULL,
    kind character varying(64) NOT NULL,
    environment character varying(64) NOT NULL,
    mutating boolean NOT NULL,
    state character varying(16) NOT NULL,
    title character varying(200) NOT NULL,
    actor character varying(200) NOT NULL,
    spec jsonb NOT NULL,
    spec_digest character varying(80) NOT NULL,
    dedupe character varying(200) NOT NULL,
    result jsonb NOT NULL,
    code_version integer NOT NULL,
    accept_changes boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    deadline_seconds double precision NOT NULL,
    deadline_at timestamp with time zone,
    epoch integer NOT NULL,
    owner character varying(200) NOT NULL,
    lease_until timestamp with time zone,
    next_wake_at timestamp with time zone DEFAULT clock_timestamp(),
    crash_count integer NOT NULL,
    undoing boolean NOT NULL,
    cancel_requested_at timestamp with time zone,
    cancel_requested_by character varying(200) NOT NULL,
    at_step character varying(200) NOT NULL,
    reason text NOT NULL,
    next_step text NOT NULL,
    CONSTRAINT job_state_known CHECK (((state)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'waiting'::character varying, 'cancelling'::character varying, 'compensating'::character varying, 'needs_operator'::character varying, 'succeeded'::character varying, 'failed'::character varying, 'cancelled'::character varying, 'compensated'::character varying])::text[])))
);
CREATE TABLE public.jobs_joblog (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    step character varying(200) NOT NULL,
    line text NOT NULL,
    request_id character varying(255) NOT NULL,
    job_id uuid NOT NULL
);
ALTER TABLE public.jobs_joblog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.jobs_joblog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.jobs_scheduleoccurrence (
    schedule character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    job_id uuid
);
CREATE TABLE public.jobs_steprow (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    label character varying(200) NOT NULL,
    "position" integer NOT NULL,
    undo boolean NOT NULL,
    state character varying(16) NOT NULL,
    attempts integer NOT NULL,
    backoff double precision NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    wake_at timestamp with time zone,
    result jsonb NOT NULL,
    memo jsonb NOT NULL,
    note text NOT NULL,
    error text NOT NULL,
    next_step text NOT NULL,
    job_id uuid NOT NULL
);
ALTER TABLE public.jobs_steprow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.jobs_steprow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.jobs_worker (
    name character varying(200) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    swept_at timestamp with time zone NOT NULL,
    rung_at timestamp with time zone,
    slots integer NOT NULL,
    busy integer NOT NULL,
    kinds jsonb
);
CREATE TABLE public.mail_outgoingemail (
    id bigint NOT NULL,
    "to" character varying(254) NOT NULL,
    subject character varying(200) NOT NULL,
    body text NOT NULL,
    written_at timestamp with time zone NOT NULL,
    tries smallint NOT NULL,
    next_try_at timestamp with time zone,
    sent_at timestamp with time zone,
    problem character varying(500) NOT NULL,
    CONSTRAINT mail_outgoingemail_tries_check CHECK ((tries >= 0))
);
ALTER TABLE public.mail_outgoingemail ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mail_outgoingemail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);
ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_approval (
    id bigint NOT NULL,
    digest character varying(71) NOT NULL,
    comment text NOT NULL,
    approved_at timestamp with time zone NOT NULL,
    approver_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    release_id bigint NOT NULL,
    CONSTRAINT approver_is_not_requester CHECK ((NOT (approver_id = requester_id)))
);
ALTER TABLE public.releases_approval ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_approval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_bundle (
    id bigint NOT NULL,
    digest character varying(71) NOT NULL,
    label character varying(120) NOT NULL,
    archive character varying(120) NOT NULL,
    archive_sha256 character varying(71) NOT NULL,
    archive_format character varying(8) NOT NULL,
    bucket character varying(256) NOT NULL,
    size bigint NOT NULL,
    unpacked bigint NOT NULL,
    files jsonb NOT NULL,
    api_origin character varying(300) NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    environment_id bigint NOT NULL,
    uploaded_by_id bigint NOT NULL,
    CONSTRAINT releases_bundle_size_check CHECK ((size >= 0)),
    CONSTRAINT releases_bundle_unpacked_check CHECK ((unpacked >= 0))
);
ALTER TABLE public.releases_bundle ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_bundle_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_containerlog (
    id bigint NOT NULL,
    instance character varying(255) NOT NULL,
    container character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    exit_code integer,
    text text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    environment_id bigint NOT NULL,
    job_id uuid,
    deployment_id bigint
);
ALTER TABLE public.releases_containerlog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_containerlog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_deployment (
    id bigint NOT NULL,
    state character varying(16) NOT NULL,
    api jsonb NOT NULL,
    workers jsonb NOT NULL,
    note text NOT NULL,
    migration jsonb NOT NULL,
    one_way character varying(400) NOT NULL,
    verdict jsonb NOT NULL,
    images_gone character varying(400) NOT NULL,
    images_seen_at timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    live_at timestamp with time zone,
    ended_at timestamp with time zone,
    rolled_back_at timestamp with time zone,
    environment_id bigint NOT NULL,
    job_id uuid,
    previous_id bigint,
    release_id bigint NOT NULL,
    CONSTRAINT deployment_state_known CHECK (((state)::text = ANY ((ARRAY['starting'::character varying, 'live'::character varying, 'standby'::character varying, 'rolled_back'::character varying, 'failed'::character varying, 'retired'::character varying])::text[])))
);
ALTER TABLE public.releases_deployment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_deployment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_freezeoverride (
    id bigint NOT NULL,
    "freeze" character varying(200) NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    release_id bigint NOT NULL,
    CONSTRAINT override_has_a_reason CHECK ((NOT (reason = ''::text))),
    CONSTRAINT override_is_not_the_requesters CHECK ((NOT (by_id = requester_id)))
);
ALTER TABLE public.releases_freezeoverride ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_freezeoverride_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_freezewindow (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    repeats character varying(8) NOT NULL,
    starts character varying(20) NOT NULL,
    ends character varying(20) NOT NULL,
    zone character varying(60) NOT NULL,
    enabled boolean NOT NULL,
    CONSTRAINT freeze_repeats_known CHECK (((repeats)::text = ANY ((ARRAY['weekly'::character varying, 'yearly'::character varying, 'once'::character varying])::text[])))
);
CREATE TABLE public.releases_freezewindow_environments (
    id bigint NOT NULL,
    freezewindow_id bigint NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.releases_freezewindow_environments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_freezewindow_environments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.releases_freezewindow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_freezewindow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_hold (
    id bigint NOT NULL,
    reason text NOT NULL,
    warning text NOT NULL,
    placed_by character varying(200) NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    lift_reason text NOT NULL,
    environment_id bigint NOT NULL,
    job_id uuid,
    lifted_by_id bigint,
    CONSTRAINT hold_lifted_by_somebody_with_reason CHECK (((lifted_at IS NULL) OR ((lifted_by_id IS NOT NULL) AND (NOT (lift_reason = ''::text)))))
);
ALTER TABLE public.releases_hold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_publication (
    id bigint NOT NULL,
    published_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    bundle_id bigint NOT NULL,
    environment_id bigint NOT NULL,
    job_id uuid
);
ALTER TABLE public.releases_publication ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_publication_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_release (
    id bigint NOT NULL,
    version character varying(60) NOT NULL,
    git_sha character varying(40) NOT NULL,
    api_tag character varying(128) NOT NULL,
    api_digest character varying(71) NOT NULL,
    worker_tag character varying(128) NOT NULL,
    worker_digest character varying(71) NOT NULL,
    alembic_head character varying(64) NOT NULL,
    notes text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    plan jsonb NOT NULL,
    digest character varying(71) NOT NULL,
    needed smallint NOT NULL,
    expires_at timestamp with time zone,
    expected_seconds integer NOT NULL,
    state character varying(16) NOT NULL,
    decided_at timestamp with time zone,
    reason text NOT NULL,
    bundle_id bigint,
    decided_by_id bigint,
    environment_id bigint NOT NULL,
    job_id uuid,
    requested_by_id bigint NOT NULL,
    source_id bigint,
    CONSTRAINT release_state_known CHECK (((state)::text = ANY ((ARRAY['requested'::character varying, 'approved'::character varying, 'denied'::character varying, 'withdrawn'::character varying, 'expired'::character varying, 'deploying'::character varying, 'deployed'::character varying, 'failed'::character varying])::text[]))),
    CONSTRAINT releases_release_expected_seconds_check CHECK ((expected_seconds >= 0)),
    CONSTRAINT releases_release_needed_check CHECK ((needed >= 0))
);
ALTER TABLE public.releases_release ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_release_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_review (
    id bigint NOT NULL,
    reason text NOT NULL,
    incident character varying(300) NOT NULL,
    waived jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    finding text NOT NULL,
    closed_at timestamp with time zone,
    actor_id bigint NOT NULL,
    environment_id bigint NOT NULL,
    release_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    reviewer_id bigint,
    CONSTRAINT glass_broken_for_a_reason CHECK (((NOT (reason = ''::text)) AND (NOT ((incident)::text = ''::text)))),
    CONSTRAINT review_closed_with_a_finding CHECK ((((closed_at IS NULL) AND (finding = ''::text) AND (reviewer_id IS NULL)) OR ((closed_at IS NOT NULL) AND (reviewer_id IS NOT NULL) AND (NOT (finding = ''::text))))),
    CONSTRAINT reviewer_did_not_ask_for_it CHECK ((NOT ((reviewer_id = requester_id) AND (reviewer_id IS NOT NULL)))),
    CONSTRAINT reviewer_did_not_break_the_glass CHECK ((NOT ((reviewer_id = actor_id) AND (reviewer_id IS NOT NULL))))
);
ALTER TABLE public.releases_review ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_smokerun (
    id bigint NOT NULL,
    origin character varying(12) NOT NULL,
    url character varying(300) NOT NULL,
    request_id character varying(64) NOT NULL,
    passed boolean NOT NULL,
    words character varying(500) NOT NULL,
    results jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    deployment_id bigint,
    environment_id bigint NOT NULL,
    job_id uuid,
    version_id bigint,
    CONSTRAINT smoke_run_origin_known CHECK (((origin)::text = ANY ((ARRAY['deployment'::character varying, 'button'::character varying, 'schedule'::character varying])::text[])))
);
ALTER TABLE public.releases_smokerun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_smokerun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_smoketest (
    id bigint NOT NULL,
    steps jsonb NOT NULL,
    number integer NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by_id bigint,
    environment_id bigint NOT NULL,
    CONSTRAINT releases_smoketest_number_check CHECK ((number >= 0))
);
ALTER TABLE public.releases_smoketest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_smoketest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_smokeversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    steps jsonb NOT NULL,
    words character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    test_id bigint NOT NULL,
    CONSTRAINT releases_smokeversion_number_check CHECK ((number >= 0))
);
ALTER TABLE public.releases_smokeversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_smokeversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.releases_waitoverride (
    id bigint NOT NULL,
    step character varying(200) NOT NULL,
    waited_for text NOT NULL,
    reason text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    given_by_id bigint NOT NULL,
    job_id uuid NOT NULL
);
ALTER TABLE public.releases_waitoverride ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.releases_waitoverride_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.runbooks_alarm (
    id bigint NOT NULL,
    ocid character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    severity character varying(20) NOT NULL,
    namespace character varying(255) NOT NULL,
    query text NOT NULL,
    incident_type character varying(40) NOT NULL,
    status character varying(20) NOT NULL,
    triggered_at timestamp with time zone,
    read_at timestamp with time zone,
    hinted_at timestamp with time zone,
    vanished boolean NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.runbooks_alarm ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runbooks_alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.runbooks_entry (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(200) NOT NULL,
    words text NOT NULL,
    url character varying(300) NOT NULL,
    incident_id bigint NOT NULL
);
ALTER TABLE public.runbooks_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runbooks_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.runbooks_incident (
    id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    title character varying(300) NOT NULL,
    severity character varying(20) NOT NULL,
    state character varying(16) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    resolved_at timestamp with time zone,
    proof text NOT NULL,
    acknowledged_by_id bigint,
    alarm_id bigint,
    deployment_id bigint,
    environment_id bigint NOT NULL,
    CONSTRAINT incident_state_known CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'acknowledged'::character varying, 'resolved'::character varying])::text[]))),
    CONSTRAINT resolved_with_proof CHECK (((NOT ((state)::text = 'resolved'::text)) OR ((NOT (proof = ''::text)) AND (resolved_at IS NOT NULL))))
);
ALTER TABLE public.runbooks_incident ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runbooks_incident_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.runbooks_notification (
    id bigint NOT NULL,
    message_id character varying(255) NOT NULL,
    topic_ocid character varying(255) NOT NULL,
    kind character varying(60) NOT NULL,
    headers jsonb NOT NULL,
    body jsonb NOT NULL,
    alarms jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    environment_id bigint NOT NULL
);
ALTER TABLE public.runbooks_notification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runbooks_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.runbooks_runbook (
    id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    edited_at timestamp with time zone NOT NULL,
    edited_by_id bigint
);
ALTER TABLE public.runbooks_runbook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runbooks_runbook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.usersessions_usersession (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ip inet NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    session_key character varying(40) NOT NULL,
    user_agent character varying(200) NOT NULL,
    data jsonb NOT NULL,
    user_id bigint NOT NULL
);
ALTER TABLE public.usersessions_usersession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.usersessions_usersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.web_cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
INSERT INTO public.accounts_user VALUES (1, '', NULL, false, 'ada', 'Ada', 'Admin', '', true, '2026-11-28 01:59:10.103786+00', 'http://identity.test', 'ada', '{conceptlens-admins}', true);
INSERT INTO public.accounts_user VALUES (2, '', NULL, false, 'dan', 'Dan', 'Deployer', '', true, '2026-11-28 01:59:10.103813+00', 'http://identity.test', 'dan', '{conceptlens-deployers}', true);
INSERT INTO public.accounts_user VALUES (3, '', NULL, false, 'dora', 'Dora', 'Deployer', '', true, '2026-11-28 01:59:10.103834+00', 'http://identity.test', 'dora', '{conceptlens-deployers}', true);
INSERT INTO public.accounts_user VALUES (4, '', NULL, false, 'rory', 'Rory', 'Reader', '', true, '2026-11-28 01:59:10.103844+00', 'http://identity.test', 'rory', '{conceptlens-ops-readonly}', true);
INSERT INTO public.accounts_user VALUES (5, '', NULL, false, 'audrey', 'Audrey', 'Auditor', '', true, '2026-11-28 01:59:10.103862+00', 'http://identity.test', 'audrey', '{conceptlens-auditors}', true);
INSERT INTO public.accounts_user VALUES (6, '', NULL, false, 'sam', 'Sam', 'Stranger', '', true, '2026-11-28 01:59:10.103876+00', 'http://identity.test', 'sam', '{}', true);
INSERT INTO public.audit_event VALUES (1, 867, '2026-11-28 01:59:10.495273+00', 'user:ada', 'access.login', 'account:0', '', 'done', '', '', '{"actor":"user:ada","at":"2026-11-28T01:59:10.495273Z","detail":{},"environment":"","job":"","outcome":"done","request_id":"","subject":"account:0","verb":"access.login"}', '\x14fa99b44dccfdc991ad84a1cf9ce34f438b652f31988acdf39a0b0bec1f99eb');
INSERT INTO public.audit_event VALUES (2, 868, '2026-11-28 01:59:10.499164+00', 'user:ada', 'access.login', 'account:1', '', 'done', '', '', '{"actor":"user:ada","at":"2026-11-28T01:59:10.499164Z","detail":{},"environment":"","job":"","outcome":"done","request_id":"","subject":"account:1","verb":"access.login"}', '\x90dedfce650e259714b042895148b654258ea28f0197fe9996f9a23aaac71494');
INSERT INTO public.audit_event VALUES (3, 869, '2026-11-28 01:59:10.499775+00', 'user:ada', 'access.login', 'account:2', '', 'done', '', '', '{"actor":"user:ada","at":"2026-11-28T01:59:10.499775Z","detail":{},"environment":"","job":"","outcome":"done","request_id":"","subject":"account:2","verb":"access.login"}', '\x7b864972949be5f6f021fb5f3f8fab6c72278838e4507cee57eff89fc5189d7f');
INSERT INTO public.audit_event VALUES (4, 870, '2026-11-28 01:59:10.500179+00', 'user:ada', 'access.login', 'account:3', '', 'done', '', '', '{"actor":"user:ada","at":"2026-11-28T01:59:10.500179Z","detail":{},"environment":"","job":"","outcome":"done","request_id":"","subject":"account:3","verb":"access.login"}', '\x8a1b513542eb3c4b49f66ca5b555648ecd7112787025df0dd872f8636a4f4201');
INSERT INTO public.auth_permission VALUES (1, 'Can add permission', 1, 'add_permission');
INSERT INTO public.auth_permission VALUES (2, 'Can change permission', 1, 'change_permission');
INSERT INTO public.auth_permission VALUES (3, 'Can delete permission', 1, 'delete_permission');
INSERT INTO public.auth_permission VALUES (4, 'Can view permission', 1, 'view_permission');
INSERT INTO public.auth_permission VALUES (5, 'Can add group', 2, 'add_group');
INSERT INTO public.auth_permission VALUES (6, 'Can change group', 2, 'change_group');
INSERT INTO public.auth_permission VALUES (7, 'Can delete group', 2, 'delete_group');
INSERT INTO public.auth_permission VALUES (8, 'Can view group', 2, 'view_group');
INSERT INTO public.auth_permission VALUES (9, 'Can add content type', 3, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (10, 'Can change content type', 3, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (11, 'Can delete content type', 3, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (12, 'Can view content type', 3, 'view_contenttype');
INSERT INTO public.auth_permission VALUES (13, 'Can add session', 4, 'add_session');
INSERT INTO public.auth_permission VALUES (14, 'Can change session', 4, 'change_session');
INSERT INTO public.auth_permission VALUES (15, 'Can delete session', 4, 'delete_session');
INSERT INTO public.auth_permission VALUES (16, 'Can view session', 4, 'view_session');
INSERT INTO public.auth_permission VALUES (17, 'Can add log entry', 5, 'add_logentry');
INSERT INTO public.auth_permission VALUES (18, 'Can change log entry', 5, 'change_logentry');
INSERT INTO public.auth_permission VALUES (19, 'Can delete log entry', 5, 'delete_logentry');
INSERT INTO public.auth_permission VALUES (20, 'Can view log entry', 5, 'view_logentry');
INSERT INTO public.auth_permission VALUES (21, 'Can add email address', 6, 'add_emailaddress');
INSERT INTO public.auth_permission VALUES (22, 'Can change email address', 6, 'change_emailaddress');
INSERT INTO public.auth_permission VALUES (23, 'Can delete email address', 6, 'delete_emailaddress');
INSERT INTO public.auth_permission VALUES (24, 'Can view email address', 6, 'view_emailaddress');
INSERT INTO public.auth_permission VALUES (25, 'Can add email confirmation', 7, 'add_emailconfirmation');
INSERT INTO public.auth_permission VALUES (26, 'Can change email confirmation', 7, 'change_emailconfirmation');
INSERT INTO public.auth_permission VALUES (27, 'Can delete email confirmation', 7, 'delete_emailconfirmation');
INSERT INTO public.auth_permission VALUES (28, 'Can view email confirmation', 7, 'view_emailconfirmation');
INSERT INTO public.auth_permission VALUES (29, 'Can add authenticator', 8, 'add_authenticator');
INSERT INTO public.auth_permission VALUES (30, 'Can change authenticator', 8, 'change_authenticator');
INSERT INTO public.auth_permission VALUES (31, 'Can delete authenticator', 8, 'delete_authenticator');
INSERT INTO public.auth_permission VALUES (32, 'Can view authenticator', 8, 'view_authenticator');
INSERT INTO public.auth_permission VALUES (33, 'Can add user session', 9, 'add_usersession');
INSERT INTO public.auth_permission VALUES (34, 'Can change user session', 9, 'change_usersession');
INSERT INTO public.auth_permission VALUES (35, 'Can delete user session', 9, 'delete_usersession');
INSERT INTO public.auth_permission VALUES (36, 'Can view user session', 9, 'view_usersession');
INSERT INTO public.auth_permission VALUES (37, 'Can add batch', 10, 'add_batch');
INSERT INTO public.auth_permission VALUES (38, 'Can change batch', 10, 'change_batch');
INSERT INTO public.auth_permission VALUES (39, 'Can delete batch', 10, 'delete_batch');
INSERT INTO public.auth_permission VALUES (40, 'Can view batch', 10, 'view_batch');
INSERT INTO public.auth_permission VALUES (41, 'Can add checkpoint', 11, 'add_checkpoint');
INSERT INTO public.auth_permission VALUES (42, 'Can change checkpoint', 11, 'change_checkpoint');
INSERT INTO public.auth_permission VALUES (43, 'Can delete checkpoint', 11, 'delete_checkpoint');
INSERT INTO public.auth_permission VALUES (44, 'Can view checkpoint', 11, 'view_checkpoint');
INSERT INTO public.auth_permission VALUES (45, 'Can add event', 12, 'add_event');
INSERT INTO public.auth_permission VALUES (46, 'Can change event', 12, 'change_event');
INSERT INTO public.auth_permission VALUES (47, 'Can delete event', 12, 'delete_event');
INSERT INTO public.auth_permission VALUES (48, 'Can view event', 12, 'view_event');
INSERT INTO public.auth_permission VALUES (49, 'Can add node', 13, 'add_node');
INSERT INTO public.auth_permission VALUES (50, 'Can change node', 13, 'change_node');
INSERT INTO public.auth_permission VALUES (51, 'Can delete node', 13, 'delete_node');
INSERT INTO public.auth_permission VALUES (52, 'Can view node', 13, 'view_node');
INSERT INTO public.auth_permission VALUES (53, 'Can add seal', 14, 'add_seal');
INSERT INTO public.auth_permission VALUES (54, 'Can change seal', 14, 'change_seal');
INSERT INTO public.auth_permission VALUES (55, 'Can delete seal', 14, 'delete_seal');
INSERT INTO public.auth_permission VALUES (56, 'Can view seal', 14, 'view_seal');
INSERT INTO public.auth_permission VALUES (57, 'Can add worker', 15, 'add_worker');
INSERT INTO public.auth_permission VALUES (58, 'Can change worker', 15, 'change_worker');
INSERT INTO public.auth_permission VALUES (59, 'Can delete worker', 15, 'delete_worker');
INSERT INTO public.auth_permission VALUES (60, 'Can view worker', 15, 'view_worker');
INSERT INTO public.auth_permission VALUES (61, 'Can add job', 16, 'add_job');
INSERT INTO public.auth_permission VALUES (62, 'Can change job', 16, 'change_job');
INSERT INTO public.auth_permission VALUES (63, 'Can delete job', 16, 'delete_job');
INSERT INTO public.auth_permission VALUES (64, 'Can view job', 16, 'view_job');
INSERT INTO public.auth_permission VALUES (65, 'Can add job log', 17, 'add_joblog');
INSERT INTO public.auth_permission VALUES (66, 'Can change job log', 17, 'change_joblog');
INSERT INTO public.auth_permission VALUES (67, 'Can delete job log', 17, 'delete_joblog');
INSERT INTO public.auth_permission VALUES (68, 'Can view job log', 17, 'view_joblog');
INSERT INTO public.auth_permission VALUES (69, 'Can add schedule occurrence', 18, 'add_scheduleoccurrence');
INSERT INTO public.auth_permission VALUES (70, 'Can change schedule occurrence', 18, 'change_scheduleoccurrence');
INSERT INTO public.auth_permission VALUES (71, 'Can delete schedule occurrence', 18, 'delete_scheduleoccurrence');
INSERT INTO public.auth_permission VALUES (72, 'Can view schedule occurrence', 18, 'view_scheduleoccurrence');
INSERT INTO public.auth_permission VALUES (73, 'Can add step row', 19, 'add_steprow');
INSERT INTO public.auth_permission VALUES (74, 'Can change step row', 19, 'change_steprow');
INSERT INTO public.auth_permission VALUES (75, 'Can delete step row', 19, 'delete_steprow');
INSERT INTO public.auth_permission VALUES (76, 'Can view step row', 19, 'view_steprow');
INSERT INTO public.auth_permission VALUES (77, 'Can add call', 20, 'add_call');
INSERT INTO public.auth_permission VALUES (78, 'Can change call', 20, 'change_call');
INSERT INTO public.auth_permission VALUES (79, 'Can delete call', 20, 'delete_call');
INSERT INTO public.auth_permission VALUES (80, 'Can view call', 20, 'view_call');
INSERT INTO public.auth_permission VALUES (81, 'Can add user', 21, 'add_user');
INSERT INTO public.auth_permission VALUES (82, 'Can change user', 21, 'change_user');
INSERT INTO public.auth_permission VALUES (83, 'Can delete user', 21, 'delete_user');
INSERT INTO public.auth_permission VALUES (84, 'Can view user', 21, 'view_user');
INSERT INTO public.auth_permission VALUES (85, 'Can add outgoing email', 22, 'add_outgoingemail');
INSERT INTO public.auth_permission VALUES (86, 'Can change outgoing email', 22, 'change_outgoingemail');
INSERT INTO public.auth_permission VALUES (87, 'Can delete outgoing email', 22, 'delete_outgoingemail');
INSERT INTO public.auth_permission VALUES (88, 'Can view outgoing email', 22, 'view_outgoingemail');
INSERT INTO public.auth_permission VALUES (89, 'Can add acting token', 23, 'add_actingtoken');
INSERT INTO public.auth_permission VALUES (90, 'Can change acting token', 23, 'change_actingtoken');
INSERT INTO public.auth_permission VALUES (91, 'Can delete acting token', 23, 'delete_actingtoken');
INSERT INTO public.auth_permission VALUES (92, 'Can view acting token', 23, 'view_actingtoken');
INSERT INTO public.auth_permission VALUES (93, 'Can add idempotency key', 24, 'add_idempotencykey');
INSERT INTO public.auth_permission VALUES (94, 'Can change idempotency key', 24, 'change_idempotencykey');
INSERT INTO public.auth_permission VALUES (95, 'Can delete idempotency key', 24, 'delete_idempotencykey');
INSERT INTO public.auth_permission VALUES (96, 'Can view idempotency key', 24, 'view_idempotencykey');
INSERT INTO public.auth_permission VALUES (97, 'Can add api token', 25, 'add_apitoken');
INSERT INTO public.auth_permission VALUES (98, 'Can change api token', 25, 'change_apitoken');
INSERT INTO public.auth_permission VALUES (99, 'Can delete api token', 25, 'delete_apitoken');
INSERT INTO public.auth_permission VALUES (100, 'Can view api token', 25, 'view_apitoken');
INSERT INTO public.auth_permission VALUES (101, 'Can add environment', 26, 'add_environment');
INSERT INTO public.auth_permission VALUES (102, 'Can change environment', 26, 'change_environment');
INSERT INTO public.auth_permission VALUES (103, 'Can delete environment', 26, 'delete_environment');
INSERT INTO public.auth_permission VALUES (104, 'Can view environment', 26, 'view_environment');
INSERT INTO public.auth_permission VALUES (105, 'Can add region', 27, 'add_region');
INSERT INTO public.auth_permission VALUES (106, 'Can change region', 27, 'change_region');
INSERT INTO public.auth_permission VALUES (107, 'Can delete region', 27, 'delete_region');
INSERT INTO public.auth_permission VALUES (108, 'Can view region', 27, 'view_region');
INSERT INTO public.auth_permission VALUES (109, 'Can add discovery', 28, 'add_discovery');
INSERT INTO public.auth_permission VALUES (110, 'Can change discovery', 28, 'change_discovery');
INSERT INTO public.auth_permission VALUES (111, 'Can delete discovery', 28, 'delete_discovery');
INSERT INTO public.auth_permission VALUES (112, 'Can view discovery', 28, 'view_discovery');
INSERT INTO public.auth_permission VALUES (113, 'Can add plan', 29, 'add_plan');
INSERT INTO public.auth_permission VALUES (114, 'Can change plan', 29, 'change_plan');
INSERT INTO public.auth_permission VALUES (115, 'Can delete plan', 29, 'delete_plan');
INSERT INTO public.auth_permission VALUES (116, 'Can view plan', 29, 'view_plan');
INSERT INTO public.auth_permission VALUES (117, 'Can add plan approval', 30, 'add_planapproval');
INSERT INTO public.auth_permission VALUES (118, 'Can change plan approval', 30, 'change_planapproval');
INSERT INTO public.auth_permission VALUES (119, 'Can delete plan approval', 30, 'delete_planapproval');
INSERT INTO public.auth_permission VALUES (120, 'Can view plan approval', 30, 'view_planapproval');
INSERT INTO public.auth_permission VALUES (121, 'Can add secret reference', 31, 'add_secretreference');
INSERT INTO public.auth_permission VALUES (122, 'Can change secret reference', 31, 'change_secretreference');
INSERT INTO public.auth_permission VALUES (123, 'Can delete secret reference', 31, 'delete_secretreference');
INSERT INTO public.auth_permission VALUES (124, 'Can view secret reference', 31, 'view_secretreference');
INSERT INTO public.auth_permission VALUES (125, 'Can add drift report', 32, 'add_driftreport');
INSERT INTO public.auth_permission VALUES (126, 'Can change drift report', 32, 'change_driftreport');
INSERT INTO public.auth_permission VALUES (127, 'Can delete drift report', 32, 'delete_driftreport');
INSERT INTO public.auth_permission VALUES (128, 'Can view drift report', 32, 'view_driftreport');
INSERT INTO public.auth_permission VALUES (129, 'Can add drift item', 33, 'add_driftitem');
INSERT INTO public.auth_permission VALUES (130, 'Can change drift item', 33, 'change_driftitem');
INSERT INTO public.auth_permission VALUES (131, 'Can delete drift item', 33, 'delete_driftitem');
INSERT INTO public.auth_permission VALUES (132, 'Can view drift item', 33, 'view_driftitem');
INSERT INTO public.auth_permission VALUES (133, 'Can add adoption', 34, 'add_adoption');
INSERT INTO public.auth_permission VALUES (134, 'Can change adoption', 34, 'change_adoption');
INSERT INTO public.auth_permission VALUES (135, 'Can delete adoption', 34, 'delete_adoption');
INSERT INTO public.auth_permission VALUES (136, 'Can view adoption', 34, 'view_adoption');
INSERT INTO public.auth_permission VALUES (137, 'Can add managed resource', 35, 'add_managedresource');
INSERT INTO public.auth_permission VALUES (138, 'Can change managed resource', 35, 'change_managedresource');
INSERT INTO public.auth_permission VALUES (139, 'Can delete managed resource', 35, 'delete_managedresource');
INSERT INTO public.auth_permission VALUES (140, 'Can view managed resource', 35, 'view_managedresource');
INSERT INTO public.auth_permission VALUES (141, 'Can add bundle', 36, 'add_bundle');
INSERT INTO public.auth_permission VALUES (142, 'Can change bundle', 36, 'change_bundle');
INSERT INTO public.auth_permission VALUES (143, 'Can delete bundle', 36, 'delete_bundle');
INSERT INTO public.auth_permission VALUES (144, 'Can view bundle', 36, 'view_bundle');
INSERT INTO public.auth_permission VALUES (145, 'Can add deployment', 37, 'add_deployment');
INSERT INTO public.auth_permission VALUES (146, 'Can change deployment', 37, 'change_deployment');
INSERT INTO public.auth_permission VALUES (147, 'Can delete deployment', 37, 'delete_deployment');
INSERT INTO public.auth_permission VALUES (148, 'Can view deployment', 37, 'view_deployment');
INSERT INTO public.auth_permission VALUES (149, 'Can add container log', 38, 'add_containerlog');
INSERT INTO public.auth_permission VALUES (150, 'Can change container log', 38, 'change_containerlog');
INSERT INTO public.auth_permission VALUES (151, 'Can delete container log', 38, 'delete_containerlog');
INSERT INTO public.auth_permission VALUES (152, 'Can view container log', 38, 'view_containerlog');
INSERT INTO public.auth_permission VALUES (153, 'Can add freeze window', 39, 'add_freezewindow');
INSERT INTO public.auth_permission VALUES (154, 'Can change freeze window', 39, 'change_freezewindow');
INSERT INTO public.auth_permission VALUES (155, 'Can delete freeze window', 39, 'delete_freezewindow');
INSERT INTO public.auth_permission VALUES (156, 'Can view freeze window', 39, 'view_freezewindow');
INSERT INTO public.auth_permission VALUES (157, 'Can add hold', 40, 'add_hold');
INSERT INTO public.auth_permission VALUES (158, 'Can change hold', 40, 'change_hold');
INSERT INTO public.auth_permission VALUES (159, 'Can delete hold', 40, 'delete_hold');
INSERT INTO public.auth_permission VALUES (160, 'Can view hold', 40, 'view_hold');
INSERT INTO public.auth_permission VALUES (161, 'Can add publication', 41, 'add_publication');
INSERT INTO public.auth_permission VALUES (162, 'Can change publication', 41, 'change_publication');
INSERT INTO public.auth_permission VALUES (163, 'Can delete publication', 41, 'delete_publication');
INSERT INTO public.auth_permission VALUES (164, 'Can view publication', 41, 'view_publication');
INSERT INTO public.auth_permission VALUES (165, 'Can add release', 42, 'add_release');
INSERT INTO public.auth_permission VALUES (166, 'Can change release', 42, 'change_release');
INSERT INTO public.auth_permission VALUES (167, 'Can delete release', 42, 'delete_release');
INSERT INTO public.auth_permission VALUES (168, 'Can view release', 42, 'view_release');
INSERT INTO public.auth_permission VALUES (169, 'Can add freeze override', 43, 'add_freezeoverride');
INSERT INTO public.auth_permission VALUES (170, 'Can change freeze override', 43, 'change_freezeoverride');
INSERT INTO public.auth_permission VALUES (171, 'Can delete freeze override', 43, 'delete_freezeoverride');
INSERT INTO public.auth_permission VALUES (172, 'Can view freeze override', 43, 'view_freezeoverride');
INSERT INTO public.auth_permission VALUES (173, 'Can add approval', 44, 'add_approval');
INSERT INTO public.auth_permission VALUES (174, 'Can change approval', 44, 'change_approval');
INSERT INTO public.auth_permission VALUES (175, 'Can delete approval', 44, 'delete_approval');
INSERT INTO public.auth_permission VALUES (176, 'Can view approval', 44, 'view_approval');
INSERT INTO public.auth_permission VALUES (177, 'Can add review', 45, 'add_review');
INSERT INTO public.auth_permission VALUES (178, 'Can change review', 45, 'change_review');
INSERT INTO public.auth_permission VALUES (179, 'Can delete review', 45, 'delete_review');
INSERT INTO public.auth_permission VALUES (180, 'Can view review', 45, 'view_review');
INSERT INTO public.auth_permission VALUES (181, 'Can add smoke test', 46, 'add_smoketest');
INSERT INTO public.auth_permission VALUES (182, 'Can change smoke test', 46, 'change_smoketest');
INSERT INTO public.auth_permission VALUES (183, 'Can delete smoke test', 46, 'delete_smoketest');
INSERT INTO public.auth_permission VALUES (184, 'Can view smoke test', 46, 'view_smoketest');
INSERT INTO public.auth_permission VALUES (185, 'Can add smoke version', 47, 'add_smokeversion');
INSERT INTO public.auth_permission VALUES (186, 'Can change smoke version', 47, 'change_smokeversion');
INSERT INTO public.auth_permission VALUES (187, 'Can delete smoke version', 47, 'delete_smokeversion');
INSERT INTO public.auth_permission VALUES (188, 'Can view smoke version', 47, 'view_smokeversion');
INSERT INTO public.auth_permission VALUES (189, 'Can add smoke run', 48, 'add_smokerun');
INSERT INTO public.auth_permission VALUES (190, 'Can change smoke run', 48, 'change_smokerun');
INSERT INTO public.auth_permission VALUES (191, 'Can delete smoke run', 48, 'delete_smokerun');
INSERT INTO public.auth_permission VALUES (192, 'Can view smoke run', 48, 'view_smokerun');
INSERT INTO public.auth_permission VALUES (193, 'Can add wait override', 49, 'add_waitoverride');
INSERT INTO public.auth_permission VALUES (194, 'Can change wait override', 49, 'change_waitoverride');
INSERT INTO public.auth_permission VALUES (195, 'Can delete wait override', 49, 'delete_waitoverride');
INSERT INTO public.auth_permission VALUES (196, 'Can view wait override', 49, 'view_waitoverride');
INSERT INTO public.auth_permission VALUES (197, 'Can add alarm', 50, 'add_alarm');
INSERT INTO public.auth_permission VALUES (198, 'Can change alarm', 50, 'change_alarm');
INSERT INTO public.auth_permission VALUES (199, 'Can delete alarm', 50, 'delete_alarm');
INSERT INTO public.auth_permission VALUES (200, 'Can view alarm', 50, 'view_alarm');
INSERT INTO public.auth_permission VALUES (201, 'Can add incident', 51, 'add_incident');
INSERT INTO public.auth_permission VALUES (202, 'Can change incident', 51, 'change_incident');
INSERT INTO public.auth_permission VALUES (203, 'Can delete incident', 51, 'delete_incident');
INSERT INTO public.auth_permission VALUES (204, 'Can view incident', 51, 'view_incident');
INSERT INTO public.auth_permission VALUES (205, 'Can add entry', 52, 'add_entry');
INSERT INTO public.auth_permission VALUES (206, 'Can change entry', 52, 'change_entry');
INSERT INTO public.auth_permission VALUES (207, 'Can delete entry', 52, 'delete_entry');
INSERT INTO public.auth_permission VALUES (208, 'Can view entry', 52, 'view_entry');
INSERT INTO public.auth_permission VALUES (209, 'Can add notification', 53, 'add_notification');
INSERT INTO public.auth_permission VALUES (210, 'Can change notification', 53, 'change_notification');
INSERT INTO public.auth_permission VALUES (211, 'Can delete notification', 53, 'delete_notification');
INSERT INTO public.auth_permission VALUES (212, 'Can view notification', 53, 'view_notification');
INSERT INTO public.auth_permission VALUES (213, 'Can add runbook', 54, 'add_runbook');
INSERT INTO public.auth_permission VALUES (214, 'Can change runbook', 54, 'change_runbook');
INSERT INTO public.auth_permission VALUES (215, 'Can delete runbook', 54, 'delete_runbook');
INSERT INTO public.auth_permission VALUES (216, 'Can view runbook', 54, 'view_runbook');
INSERT INTO public.django_content_type VALUES (1, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (2, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (3, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (4, 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (5, 'admin', 'logentry');
INSERT INTO public.django_content_type VALUES (6, 'account', 'emailaddress');
INSERT INTO public.django_content_type VALUES (7, 'account', 'emailconfirmation');
INSERT INTO public.django_content_type VALUES (8, 'mfa', 'authenticator');
INSERT INTO public.django_content_type VALUES (9, 'usersessions', 'usersession');
INSERT INTO public.django_content_type VALUES (10, 'audit', 'batch');
INSERT INTO public.django_content_type VALUES (11, 'audit', 'checkpoint');
INSERT INTO public.django_content_type VALUES (12, 'audit', 'event');
INSERT INTO public.django_content_type VALUES (13, 'audit', 'node');
INSERT INTO public.django_content_type VALUES (14, 'audit', 'seal');
INSERT INTO public.django_content_type VALUES (15, 'jobs', 'worker');
INSERT INTO public.django_content_type VALUES (16, 'jobs', 'job');
INSERT INTO public.django_content_type VALUES (17, 'jobs', 'joblog');
INSERT INTO public.django_content_type VALUES (18, 'jobs', 'scheduleoccurrence');
INSERT INTO public.django_content_type VALUES (19, 'jobs', 'steprow');
INSERT INTO public.django_content_type VALUES (20, 'jobs', 'call');
INSERT INTO public.django_content_type VALUES (21, 'accounts', 'user');
INSERT INTO public.django_content_type VALUES (22, 'mail', 'outgoingemail');
INSERT INTO public.django_content_type VALUES (23, 'api', 'actingtoken');
INSERT INTO public.django_content_type VALUES (24, 'api', 'idempotencykey');
INSERT INTO public.django_content_type VALUES (25, 'api', 'apitoken');
INSERT INTO public.django_content_type VALUES (26, 'environments', 'environment');
INSERT INTO public.django_content_type VALUES (27, 'environments', 'region');
INSERT INTO public.django_content_type VALUES (28, 'environments', 'discovery');
INSERT INTO public.django_content_type VALUES (29, 'environments', 'plan');
INSERT INTO public.django_content_type VALUES (30, 'environments', 'planapproval');
INSERT INTO public.django_content_type VALUES (31, 'environments', 'secretreference');
INSERT INTO public.django_content_type VALUES (32, 'environments', 'driftreport');
INSERT INTO public.django_content_type VALUES (33, 'environments', 'driftitem');
INSERT INTO public.django_content_type VALUES (34, 'environments', 'adoption');
INSERT INTO public.django_content_type VALUES (35, 'environments', 'managedresource');
INSERT INTO public.django_content_type VALUES (36, 'releases', 'bundle');
INSERT INTO public.django_content_type VALUES (37, 'releases', 'deployment');
INSERT INTO public.django_content_type VALUES (38, 'releases', 'containerlog');
INSERT INTO public.django_content_type VALUES (39, 'releases', 'freezewindow');
INSERT INTO public.django_content_type VALUES (40, 'releases', 'hold');
INSERT INTO public.django_content_type VALUES (41, 'releases', 'publication');
INSERT INTO public.django_content_type VALUES (42, 'releases', 'release');
INSERT INTO public.django_content_type VALUES (43, 'releases', 'freezeoverride');
INSERT INTO public.django_content_type VALUES (44, 'releases', 'approval');
INSERT INTO public.django_content_type VALUES (45, 'releases', 'review');
INSERT INTO public.django_content_type VALUES (46, 'releases', 'smoketest');
INSERT INTO public.django_content_type VALUES (47, 'releases', 'smokeversion');
INSERT INTO public.django_content_type VALUES (48, 'releases', 'smokerun');
INSERT INTO public.django_content_type VALUES (49, 'releases', 'waitoverride');
INSERT INTO public.django_content_type VALUES (50, 'runbooks', 'alarm');
INSERT INTO public.django_content_type VALUES (51, 'runbooks', 'incident');
INSERT INTO public.django_content_type VALUES (52, 'runbooks', 'entry');
INSERT INTO public.django_content_type VALUES (53, 'runbooks', 'notification');
INSERT INTO public.django_content_type VALUES (54, 'runbooks', 'runbook');
INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', '2026-11-28 01:58:25.321233+00');
INSERT INTO public.django_migrations VALUES (2, 'contenttypes', '0002_remove_content_type_name', '2026-11-28 01:58:25.32884+00');
INSERT INTO public.django_migrations VALUES (3, 'auth', '0001_initial', '2026-11-28 01:58:25.387361+00');
INSERT INTO public.django_migrations VALUES (4, 'auth', '0002_alter_permission_name_max_length', '2026-11-28 01:58:25.413029+00');
INSERT INTO public.django_migrations VALUES (5, 'auth', '0003_alter_user_email_max_length', '2026-11-28 01:58:25.433731+00');
INSERT INTO public.django_migrations VALUES (6, 'auth', '0004_alter_user_username_opts', '2026-11-28 01:58:25.503895+00');
INSERT INTO public.django_migrations VALUES (7, 'auth', '0005_alter_user_last_login_null', '2026-11-28 01:58:25.564574+00');
INSERT INTO public.django_migrations VALUES (8, 'auth', '0006_require_contenttypes_0002', '2026-11-28 01:58:25.583534+00');
INSERT INTO public.django_migrations VALUES (9, 'auth', '0007_alter_validators_add_error_messages', '2026-11-28 01:58:25.639048+00');
INSERT INTO public.django_migrations VALUES (10, 'auth', '0008_alter_user_username_max_length', '2026-11-28 01:58:25.693411+00');
INSERT INTO public.django_migrations VALUES (11, 'auth', '0009_alter_user_last_name_max_length', '2026-11-28 01:58:25.770208+00');
INSERT INTO public.django_migrations VALUES (12, 'auth', '0010_alter_group_name_max_length', '2026-11-28 01:58:25.844918+00');
INSERT INTO public.django_migrations VALUES (13, 'auth', '0011_update_proxy_permissions', '2026-11-28 01:58:25.92584+00');
INSERT INTO public.django_migrations VALUES (14, 'auth', '0012_alter_user_first_name_max_length', '2026-11-28 01:58:25.993281+00');
INSERT INTO public.django_migrations VALUES (15, 'accounts', '0001_initial', '2026-11-28 01:58:26.277146+00');
INSERT INTO public.django_migrations VALUES (16, 'account', '0001_initial', '2026-11-28 01:58:27.448993+00');
INSERT INTO public.django_migrations VALUES (17, 'account', '0002_email_max_length', '2026-11-28 01:58:27.505372+00');
INSERT INTO public.django_migrations VALUES (18, 'account', '0003_alter_emailaddress_create_unique_verified_email', '2026-11-28 01:58:27.564749+00');
INSERT INTO public.django_migrations VALUES (19, 'account', '0004_alter_emailaddress_drop_unique_email', '2026-11-28 01:58:27.634695+00');
INSERT INTO public.django_migrations VALUES (20, 'account', '0005_emailaddress_idx_upper_email', '2026-11-28 01:58:27.691576+00');
INSERT INTO public.django_migrations VALUES (21, 'account', '0006_emailaddress_lower', '2026-11-28 01:58:27.819204+00');
INSERT INTO public.django_migrations VALUES (22, 'account', '0007_emailaddress_idx_email', '2026-11-28 01:58:28.052185+00');
INSERT INTO public.django_migrations VALUES (23, 'account', '0008_emailaddress_unique_primary_email_fixup', '2026-11-28 01:58:28.336257+00');
INSERT INTO public.django_migrations VALUES (24, 'account', '0009_emailaddress_unique_primary_email', '2026-11-28 01:58:28.47644+00');
INSERT INTO public.django_migrations VALUES (25, 'accounts', '0002_web_cache', '2026-11-28 01:58:28.495724+00');
INSERT INTO public.django_migrations VALUES (26, 'admin', '0001_initial', '2026-11-28 01:58:28.711403+00');
INSERT INTO public.django_migrations VALUES (27, 'admin', '0002_logentry_remove_auto_add', '2026-11-28 01:58:28.861387+00');
INSERT INTO public.django_migrations VALUES (28, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-28 01:58:28.983999+00');
INSERT INTO public.django_migrations VALUES (29, 'api', '0001_initial', '2026-11-28 01:58:29.227841+00');
INSERT INTO public.django_migrations VALUES (30, 'audit', '0001_initial', '2026-11-28 01:58:29.461356+00');
INSERT INTO public.django_migrations VALUES (31, 'audit', '0002_functions', '2026-11-28 01:58:29.579138+00');
INSERT INTO public.django_migrations VALUES (32, 'environments', '0001_initial', '2026-11-28 01:58:31.331529+00');
INSERT INTO public.django_migrations VALUES (33, 'environments', '0002_guards', '2026-11-28 01:58:31.341378+00');
INSERT INTO public.django_migrations VALUES (34, 'jobs', '0001_initial', '2026-11-28 01:58:31.543168+00');
INSERT INTO public.django_migrations VALUES (35, 'jobs', '0002_guards', '2026-11-28 01:58:31.590976+00');
INSERT INTO public.django_migrations VALUES (36, 'mail', '0001_initial', '2026-11-28 01:58:31.63206+00');
INSERT INTO public.django_migrations VALUES (37, 'mfa', '0001_initial', '2026-11-28 01:58:31.794586+00');
INSERT INTO public.django_migrations VALUES (38, 'mfa', '0002_authenticator_timestamps', '2026-11-28 01:58:32.06376+00');
INSERT INTO public.django_migrations VALUES (39, 'mfa', '0003_authenticator_type_uniq', '2026-11-28 01:58:32.247828+00');
INSERT INTO public.django_migrations VALUES (40, 'releases', '0001_initial', '2026-11-28 01:58:54.443673+00');
INSERT INTO public.django_migrations VALUES (41, 'releases', '0002_guards', '2026-11-28 01:58:54.541662+00');
INSERT INTO public.django_migrations VALUES (42, 'runbooks', '0001_initial', '2026-11-28 01:59:01.927184+00');
INSERT INTO public.django_migrations VALUES (43, 'sessions', '0001_initial', '2026-11-28 01:59:01.957893+00');
INSERT INTO public.django_migrations VALUES (44, 'usersessions', '0001_initial', '2026-11-28 01:59:02.102927+00');
INSERT INTO public.environments_environment VALUES (1, 'dev', 'Development', 1, 'conceptlens', '{"vcn_cidr": "10.20.0.0/16", "listener_port": 80, "public_subnet_cidr": "10.20.0.0/24", "private_subnet_cidr": "10.20.10.0/24"}', 'us-ashburn-1', 'us-phoenix-1', 'platform-team', 'conceptlens-dev', false, '');
INSERT INTO public.environments_environment VALUES (3, 'prod', 'Production', 3, 'conceptlens', '{"vcn_cidr": "10.40.0.0/16", "listener_port": 80, "public_subnet_cidr": "10.40.0.0/24", "private_subnet_cidr": "10.40.10.0/24"}', 'us-ashburn-1', 'us-phoenix-1', 'platform-team', 'conceptlens-prod', true, '');
INSERT INTO public.environments_environment VALUES (2, 'stage', 'stage', 2, 'conceptlens', '{"promote_from": "anywhere"}', 'us-ashburn-1', 'us-phoenix-1', 'ops', 'cc-1', false, '');
INSERT INTO public.environments_managedresource VALUES (1, 'compartment', 'compartment', 'compartment', 'ocid1.compartment.oc1..stage', '', '{}', '{}', NULL, '2026-11-28 01:59:10.139761+00', 2);
INSERT INTO public.environments_managedresource VALUES (2, 'subnet.private', 'subnet', 'subnet.private', 'ocid1.subnet.private.oc1..stage', '', '{}', '{}', NULL, '2026-11-28 01:59:10.180373+00', 2);
INSERT INTO public.environments_managedresource VALUES (3, 'nsg.app', 'nsg', 'nsg.app', 'ocid1.nsg.app.oc1..stage', '', '{}', '{}', NULL, '2026-11-28 01:59:10.209148+00', 2);
INSERT INTO public.environments_managedresource VALUES (4, 'load_balancer', 'load_balancer', 'load_balancer', 'ocid1.load_balancer.oc1..stage', '', '{"ipAddress": "127.0.0.1"}', '{}', NULL, '2026-11-28 01:59:10.230048+00', 2);
INSERT INTO public.environments_managedresource VALUES (5, 'repository.api', 'repository', 'repository.api', 'ocid1.repository.api.oc1..stage', '', '{}', '{}', NULL, '2026-11-28 01:59:10.271257+00', 2);
INSERT INTO public.environments_managedresource VALUES (6, 'repository.worker', 'repository', 'repository.worker', 'ocid1.repository.worker.oc1..stage', '', '{}', '{}', NULL, '2026-11-28 01:59:10.300127+00', 2);
INSERT INTO public.environments_secretreference VALUES (1, 'DATABASE_URL', 'ocid1.vaultsecret.oc1..stagedatabase_url', 1, '', NULL, 2);
INSERT INTO public.environments_secretreference VALUES (2, 'OPENAI_API_KEY', 'ocid1.vaultsecret.oc1..stageopenai_api_key', 1, '', NULL, 2);
INSERT INTO public.environments_secretreference VALUES (3, 'INSTRUCTOR_USERNAME', 'ocid1.vaultsecret.oc1..stageinstructor_username', 1, '', NULL, 2);
INSERT INTO public.environments_secretreference VALUES (4, 'INSTRUCTOR_PASSWORD', 'ocid1.vaultsecret.oc1..stageinstructor_password', 1, '', NULL, 2);
INSERT INTO public.jobs_job VALUES ('d1a3c622-0e8c-4a4d-8cd4-cf633b71d371', 'environments.apply', 'dev', true, 'needs_operator', 'Apply plan 1 to dev', 'user:ada', '{}', 'sha256:0', '', '{}', 1, false, '2026-11-28 01:59:10.501661+00', NULL, NULL, 3600, NULL, 0, '', NULL, '2026-11-28 01:59:10.501661+00', 0, false, NULL, '', 'vcn', 'The limit is reached.', 'Ask for more.');
INSERT INTO public.jobs_job VALUES ('8aaafa20-32f4-4105-b6fa-8225f28bcb99', 'environments.plan', 'dev', false, 'queued', 'Plan dev', 'user:ada', '{}', 'sha256:0', '', '{}', 1, false, '2026-11-28 01:59:10.504418+00', NULL, NULL, 3600, NULL, 0, '', NULL, '2026-11-28 01:59:10.504418+00', 0, false, NULL, '', '', '', '');
INSERT INTO public.releases_release VALUES (1, '1.4.0', '0000000000000000000000000000000000000001', '1.4.0', 'sha256:423c181aec3550c4a029b107a745d4e57eecd356b2bd88dcac87acfd10317a18', '1.4.0', 'sha256:e636eb33fe432cfc641a4425b6ffe117c993dbc6db8433c99fc9e29716256d42', '', '', '2026-11-28 01:59:10.484385+00', '{"place": {"nsg": "ocid1.nsg.app.oc1..stage", "port": 8000, "tags": {"env": "stage", "owner": "ops", "project": "conceptlens", "costCenter": "cc-1"}, "check": {"failures": 3, "timeout_seconds": 3, "interval_seconds": 5}, "shape": {"name": "CI.Standard.E4.Flex", "ocpus": {"api": 1, "worker": 1}, "memory_gb": {"api": 4, "worker": 4}}, "counts": {"api": 1, "worker": 1}, "region": "us-ashburn-1", "subnet": "ocid1.subnet.private.oc1..stage", "api_url": "http://127.0.0.1:80", "backend_set": "api", "compartment": "ocid1.compartment.oc1..stage", "health_path": "/health", "instance_name": "conceptlens-stage-", "load_balancer": "ocid1.load_balancer.oc1..stage"}, "steps": [{"name": "check_images", "label": "Check that both images are still what was approved"}, {"name": "save_evidence", "label": "Save the state before"}, {"name": "start_api_1", "label": "Start new API instance 1"}, {"name": "wait_api_1", "label": "Wait until API instance 1 is healthy"}, {"name": "add_backend_1", "label": "Add API instance 1 to the load balancer"}, {"name": "watch_new", "label": "Watch the new instances with a tenth of the traffic"}, {"name": "shift", "label": "Move the full share of traffic to the new instances"}, {"name": "drain_old", "label": "Drain the old instances"}, {"name": "start_worker_1", "label": "Start new worker instance 1"}, {"name": "wait_worker_1", "label": "Wait until worker instance 1 is healthy"}, {"name": "smoke", "label": "Run the smoke test"}, {"name": "stop_old_workers", "label": "Stop the old workers, kept for rollback"}, {"name": "clean_up", "label": "Remove older instances"}], "bundle": null, "images": {"api": {"tag": "1.4.0", "digest": "sha256:423c181aec3550c4a029b107a745d4e57eecd356b2bd88dcac87acfd10317a18", "pushed_at": "2026-11-23T10:00:00Z", "repository": "conceptlens-stage/api"}, "worker": {"tag": "1.4.0", "digest": "sha256:e636eb33fe432cfc641a4425b6ffe117c993dbc6db8433c99fc9e29716256d42", "pushed_at": "2026-11-23T10:00:00Z", "repository": "conceptlens-stage/worker"}}, "retire": [], "git_sha": "0000000000000000000000000000000000000001", "secrets": [{"name": "DATABASE_URL", "ocid": "ocid1.vaultsecret.oc1..stagedatabase_url", "version": 1}, {"name": "INSTRUCTOR_PASSWORD", "ocid": "ocid1.vaultsecret.oc1..stageinstructor_password", "version": 1}, {"name": "INSTRUCTOR_USERNAME", "ocid": "ocid1.vaultsecret.oc1..stageinstructor_username", "version": 1}, {"name": "OPENAI_API_KEY", "ocid": "ocid1.vaultsecret.oc1..stageopenai_api_key", "version": 1}], "signing": null, "version": "1.4.0", "frontend": null, "previous": null, "approvers": "deployers", "migration": null, "variables": {"APP_ENV": "production", "CORS_ALLOWED_ORIGINS": "http://127.0.0.1:80"}, "environment": "stage", "alembic_head": "", "worker_command": ["python", "-m", "app.workers.compute_worker"], "approvals_needed": 1}', 'sha256:639f909ce5feca5fe5f89f80184aff95796d58ea439c78c77be16f2de0c808d6', 1, '2026-12-01 01:59:10.484385+00', 180, 'requested', NULL, '', NULL, NULL, 2, NULL, 2, NULL);
SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 1, false);
SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_id_seq', 6, true);
SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.api_apitoken_id_seq', 1, false);
SELECT pg_catalog.setval('public.api_idempotencykey_id_seq', 1, false);
SELECT pg_catalog.setval('public.audit_event_id_seq', 4, true);
SELECT pg_catalog.setval('public.audit_node_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 216, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 54, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 44, true);
SELECT pg_catalog.setval('public.environments_adoption_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_discovery_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_driftitem_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_driftreport_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_environment_id_seq', 3, true);
SELECT pg_catalog.setval('public.environments_managedresource_id_seq', 6, true);
SELECT pg_catalog.setval('public.environments_plan_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_planapproval_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_region_id_seq', 1, false);
SELECT pg_catalog.setval('public.environments_secretreference_id_seq', 4, true);
SELECT pg_catalog.setval('public.jobs_call_id_seq', 1, false);
SELECT pg_catalog.setval('public.jobs_joblog_id_seq', 1, false);
SELECT pg_catalog.setval('public.jobs_steprow_id_seq', 1, false);
SELECT pg_catalog.setval('public.mail_outgoingemail_id_seq', 1, false);
SELECT pg_catalog.setval('public.mfa_authenticator_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_approval_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_bundle_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_containerlog_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_deployment_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_freezeoverride_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_freezewindow_environments_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_freezewindow_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_hold_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_publication_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_release_id_seq', 1, true);
SELECT pg_catalog.setval('public.releases_review_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_smokerun_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_smoketest_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_smokeversion_id_seq', 1, false);
SELECT pg_catalog.setval('public.releases_waitoverride_id_seq', 1, false);
SELECT pg_catalog.setval('public.runbooks_alarm_id_seq', 1, false);
SELECT pg_catalog.setval('public.runbooks_entry_id_seq', 1, false);
SELECT pg_catalog.setval('public.runbooks_incident_id_seq', 1, false);
SELECT pg_catalog.setval('public.runbooks_notification_id_seq', 1, false);
SELECT pg_catalog.setval('public.runbooks_runbook_id_seq', 1, false);
SELECT pg_catalog.setval('public.usersessions_usersession_id_seq', 1, false);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.api_apitoken
    ADD CONSTRAINT api_apitoken_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.api_apitoken
    ADD CONSTRAINT api_apitoken_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotencykey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_batch
    ADD CONSTRAINT audit_batch_pkey PRIMARY KEY (size);
ALTER TABLE ONLY public.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (size);
ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_node
    ADD CONSTRAINT audit_node_once UNIQUE (level, "position");
ALTER TABLE ONLY public.audit_node
    ADD CONSTRAINT audit_node_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_event_id_key UNIQUE (event_id);
ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.environments_adoption
    ADD CONSTRAINT environments_adoption_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_discovery
    ADD CONSTRAINT environments_discovery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_driftitem
    ADD CONSTRAINT environments_driftitem_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_driftreport
    ADD CONSTRAINT environments_driftreport_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_environment
    ADD CONSTRAINT environments_environment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_environment
    ADD CONSTRAINT environments_environment_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.environments_managedresource
    ADD CONSTRAINT environments_managedresource_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_plan
    ADD CONSTRAINT environments_plan_made_by_job_key UNIQUE (made_by_job);
ALTER TABLE ONLY public.environments_plan
    ADD CONSTRAINT environments_plan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT environments_planapproval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_region
    ADD CONSTRAINT environments_region_name_key UNIQUE (name);
ALTER TABLE ONLY public.environments_region
    ADD CONSTRAINT environments_region_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_secretreference
    ADD CONSTRAINT environments_secretreference_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_call
    ADD CONSTRAINT jobs_call_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_job
    ADD CONSTRAINT jobs_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_joblog
    ADD CONSTRAINT jobs_joblog_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_scheduleoccurrence
    ADD CONSTRAINT jobs_scheduleoccurrence_pkey PRIMARY KEY (schedule, due_at);
ALTER TABLE ONLY public.jobs_steprow
    ADD CONSTRAINT jobs_steprow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_worker
    ADD CONSTRAINT jobs_worker_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.mail_outgoingemail
    ADD CONSTRAINT mail_outgoingemail_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.environments_adoption
    ADD CONSTRAINT one_adoption_per_key UNIQUE (environment_id, key);
ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT one_answer_per_key UNIQUE (actor, key);
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT one_approval_per_person UNIQUE (release_id, approver_id);
ALTER TABLE ONLY public.releases_bundle
    ADD CONSTRAINT one_bundle_per_content UNIQUE (environment_id, digest);
ALTER TABLE ONLY public.jobs_call
    ADD CONSTRAINT one_call_per_label UNIQUE (step_id, label, generation);
ALTER TABLE ONLY public.releases_waitoverride
    ADD CONSTRAINT one_go_ahead_per_step UNIQUE (job_id, step);
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT one_incident_per_deployment UNIQUE (deployment_id);
ALTER TABLE ONLY public.environments_adoption
    ADD CONSTRAINT one_key_per_adopted_resource UNIQUE (environment_id, ocid);
ALTER TABLE ONLY public.releases_containerlog
    ADD CONSTRAINT one_log_per_container_and_job UNIQUE (container, job_id);
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT one_plan_approval_per_person UNIQUE (plan_id, approver_id);
ALTER TABLE ONLY public.environments_secretreference
    ADD CONSTRAINT one_reference_per_secret UNIQUE (environment_id, name);
ALTER TABLE ONLY public.environments_managedresource
    ADD CONSTRAINT one_resource_per_key UNIQUE (environment_id, key);
ALTER TABLE ONLY public.releases_smokeversion
    ADD CONSTRAINT one_smoke_version_per_number UNIQUE (test_id, number);
ALTER TABLE ONLY public.jobs_steprow
    ADD CONSTRAINT one_step_of_a_name_per_job UNIQUE (job_id, name);
ALTER TABLE ONLY public.api_apitoken
    ADD CONSTRAINT one_token_per_name UNIQUE (owner_id, name);
ALTER TABLE ONLY public.environments_plan
    ADD CONSTRAINT plan_with_its_requester UNIQUE (id, requester_id);
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT release_with_requester UNIQUE (id, requested_by_id);
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT releases_approval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_bundle
    ADD CONSTRAINT releases_bundle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_containerlog
    ADD CONSTRAINT releases_containerlog_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_deployment
    ADD CONSTRAINT releases_deployment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT releases_freezeoverride_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT releases_freezeoverride_release_id_key UNIQUE (release_id);
ALTER TABLE ONLY public.releases_freezewindow_environments
    ADD CONSTRAINT releases_freezewindow_en_freezewindow_id_environm_b7690950_uniq UNIQUE (freezewindow_id, environment_id);
ALTER TABLE ONLY public.releases_freezewindow_environments
    ADD CONSTRAINT releases_freezewindow_environments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_freezewindow
    ADD CONSTRAINT releases_freezewindow_name_key UNIQUE (name);
ALTER TABLE ONLY public.releases_freezewindow
    ADD CONSTRAINT releases_freezewindow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_hold
    ADD CONSTRAINT releases_hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_publication
    ADD CONSTRAINT releases_publication_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_release_id_key UNIQUE (release_id);
ALTER TABLE ONLY public.releases_smokerun
    ADD CONSTRAINT releases_smokerun_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_smoketest
    ADD CONSTRAINT releases_smoketest_environment_id_key UNIQUE (environment_id);
ALTER TABLE ONLY public.releases_smoketest
    ADD CONSTRAINT releases_smoketest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_smokeversion
    ADD CONSTRAINT releases_smokeversion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.releases_waitoverride
    ADD CONSTRAINT releases_waitoverride_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.runbooks_alarm
    ADD CONSTRAINT runbooks_alarm_ocid_key UNIQUE (ocid);
ALTER TABLE ONLY public.runbooks_alarm
    ADD CONSTRAINT runbooks_alarm_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.runbooks_entry
    ADD CONSTRAINT runbooks_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT runbooks_incident_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.runbooks_notification
    ADD CONSTRAINT runbooks_notification_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY public.runbooks_notification
    ADD CONSTRAINT runbooks_notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.runbooks_runbook
    ADD CONSTRAINT runbooks_runbook_kind_key UNIQUE (kind);
ALTER TABLE ONLY public.runbooks_runbook
    ADD CONSTRAINT runbooks_runbook_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_session_key_key UNIQUE (session_key);
ALTER TABLE ONLY public.web_cache
    ADD CONSTRAINT web_cache_pkey PRIMARY KEY (cache_key);
CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);
CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);
CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);
CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);
CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);
CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);
CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);
CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);
CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);
CREATE INDEX accounts_user_username_6088629e_like ON public.accounts_user USING btree (username varchar_pattern_ops);
CREATE INDEX api_apitoken_digest_42d9074b_like ON public.api_apitoken USING btree (digest varchar_pattern_ops);
CREATE INDEX api_apitoken_owner_id_c79e01a4 ON public.api_apitoken USING btree (owner_id);
CREATE INDEX audit_event_actor ON public.audit_event USING btree (actor, at, id);
CREATE INDEX audit_event_at ON public.audit_event USING btree (at, id);
CREATE INDEX audit_event_environment ON public.audit_event USING btree (environment, at, id);
CREATE INDEX audit_event_refused ON public.audit_event USING btree (at, id) WHERE (outcome = 'refused'::text);
CREATE INDEX audit_event_verb ON public.audit_event USING btree (verb, at, id);
CREATE INDEX audit_event_xid ON public.audit_event USING btree (xid);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX deviation_closed ON public.environments_driftitem USING btree (environment_id, closed_at DESC);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX emails_to_send ON public.mail_outgoingemail USING btree (next_try_at) WHERE (sent_at IS NULL);
CREATE INDEX environment_environ_47809c_idx ON public.environments_plan USING btree (environment_id, id DESC);
CREATE INDEX environment_environ_c199f1_idx ON public.environments_driftreport USING btree (environment_id, at DESC);
CREATE INDEX environments_adoption_environment_id_1c6defba ON public.environments_adoption USING btree (environment_id);
CREATE INDEX environments_discovery_environment_id_e72805ef ON public.environments_discovery USING btree (environment_id);
CREATE INDEX environments_driftitem_environment_id_ba809c1c ON public.environments_driftitem USING btree (environment_id);
CREATE INDEX environments_driftreport_environment_id_6dad7049 ON public.environments_driftreport USING btree (environment_id);
CREATE INDEX environments_environment_slug_b8995124_like ON public.environments_environment USING btree (slug varchar_pattern_ops);
CREATE INDEX environments_managedresource_environment_id_cdbda744 ON public.environments_managedresource USING btree (environment_id);
CREATE INDEX environments_plan_environment_id_0b64e951 ON public.environments_plan USING btree (environment_id);
CREATE INDEX environments_plan_requester_id_35f21885 ON public.environments_plan USING btree (requester_id);
CREATE INDEX environments_planapproval_approver_id_535d9010 ON public.environments_planapproval USING btree (approver_id);
CREATE INDEX environments_planapproval_plan_id_bf73d6eb ON public.environments_planapproval USING btree (plan_id);
CREATE INDEX environments_planapproval_requester_id_4bc88e94 ON public.environments_planapproval USING btree (requester_id);
CREATE INDEX environments_region_name_0445e0d7_like ON public.environments_region USING btree (name varchar_pattern_ops);
CREATE INDEX environments_secretreference_environment_id_9cd80a44 ON public.environments_secretreference USING btree (environment_id);
CREATE INDEX job_due ON public.jobs_job USING btree (next_wake_at) WHERE ((state)::text = ANY ((ARRAY['cancelling'::character varying, 'compensating'::character varying, 'queued'::character varying, 'running'::character varying, 'waiting'::character varying])::text[]));
CREATE INDEX job_environment_newest ON public.jobs_job USING btree (environment, created_at DESC);
CREATE INDEX job_newest ON public.jobs_job USING btree (created_at DESC);
CREATE INDEX jobs_call_step_id_772c2ba8 ON public.jobs_call USING btree (step_id);
CREATE INDEX jobs_joblog_job_id_ae8f8e96 ON public.jobs_joblog USING btree (job_id);
CREATE INDEX jobs_scheduleoccurrence_job_id_9b848638 ON public.jobs_scheduleoccurrence USING btree (job_id);
CREATE INDEX jobs_steprow_job_id_541ea4e7 ON public.jobs_steprow USING btree (job_id);
CREATE INDEX jobs_worker_name_000fa5e7_like ON public.jobs_worker USING btree (name varchar_pattern_ops);
CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);
CREATE UNIQUE INDEX one_active_job_per_dedupe_key ON public.jobs_job USING btree (kind, dedupe) WHERE (((state)::text = ANY ((ARRAY['cancelling'::character varying, 'compensating'::character varying, 'queued'::character varying, 'running'::character varying, 'waiting'::character varying])::text[])) AND (NOT ((dedupe)::text = ''::text)));
CREATE UNIQUE INDEX one_live_deployment ON public.releases_deployment USING btree (environment_id) WHERE ((state)::text = 'live'::text);
CREATE UNIQUE INDEX one_mutating_job_per_environment ON public.jobs_job USING btree (environment) WHERE (mutating AND ((state)::text = ANY ((ARRAY['cancelling'::character varying, 'compensating'::character varying, 'queued'::character varying, 'running'::character varying, 'waiting'::character varying])::text[])) AND (NOT ((environment)::text = ''::text)));
CREATE UNIQUE INDEX one_open_deviation ON public.environments_driftitem USING btree (environment_id, key, field) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX one_open_hold ON public.releases_hold USING btree (environment_id) WHERE (lifted_at IS NULL);
CREATE UNIQUE INDEX one_open_incident_per_alarm ON public.runbooks_incident USING btree (alarm_id) WHERE (NOT ((state)::text = 'resolved'::text));
CREATE UNIQUE INDEX one_open_publication ON public.releases_publication USING btree (environment_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX one_person_per_subject ON public.accounts_user USING btree (issuer, subject) WHERE (NOT ((subject)::text = ''::text));
CREATE INDEX open_reviews ON public.releases_review USING btree (environment_id) WHERE (closed_at IS NULL);
CREATE INDEX releases_approval_approver_id_f70ebd99 ON public.releases_approval USING btree (approver_id);
CREATE INDEX releases_approval_release_id_cc1bef41 ON public.releases_approval USING btree (release_id);
CREATE INDEX releases_approval_requester_id_98eb1c4a ON public.releases_approval USING btree (requester_id);
CREATE INDEX releases_bundle_environment_id_21ceeb31 ON public.releases_bundle USING btree (environment_id);
CREATE INDEX releases_bundle_uploaded_by_id_8ec812f3 ON public.releases_bundle USING btree (uploaded_by_id);
CREATE INDEX releases_co_environ_6ea255_idx ON public.releases_containerlog USING btree (environment_id, id DESC);
CREATE INDEX releases_containerlog_deployment_id_9fb5919b ON public.releases_containerlog USING btree (deployment_id);
CREATE INDEX releases_containerlog_environment_id_d2c2ce97 ON public.releases_containerlog USING btree (environment_id);
CREATE INDEX releases_containerlog_job_id_a9d45775 ON public.releases_containerlog USING btree (job_id);
CREATE INDEX releases_de_environ_2f9d3c_idx ON public.releases_deployment USING btree (environment_id, state);
CREATE INDEX releases_deployment_environment_id_8cdf784c ON public.releases_deployment USING btree (environment_id);
CREATE INDEX releases_deployment_job_id_11dcbc74 ON public.releases_deployment USING btree (job_id);
CREATE INDEX releases_deployment_previous_id_47ce27dd ON public.releases_deployment USING btree (previous_id);
CREATE INDEX releases_deployment_release_id_4a660056 ON public.releases_deployment USING btree (release_id);
CREATE INDEX releases_freezeoverride_by_id_9a89bcb7 ON public.releases_freezeoverride USING btree (by_id);
CREATE INDEX releases_freezeoverride_requester_id_705819ae ON public.releases_freezeoverride USING btree (requester_id);
CREATE INDEX releases_freezewindow_environments_environment_id_825efa7e ON public.releases_freezewindow_environments USING btree (environment_id);
CREATE INDEX releases_freezewindow_environments_freezewindow_id_9457e047 ON public.releases_freezewindow_environments USING btree (freezewindow_id);
CREATE INDEX releases_freezewindow_name_0a8ba63e_like ON public.releases_freezewindow USING btree (name varchar_pattern_ops);
CREATE INDEX releases_hold_environment_id_52e94965 ON public.releases_hold USING btree (environment_id);
CREATE INDEX releases_hold_job_id_fc90753c ON public.releases_hold USING btree (job_id);
CREATE INDEX releases_hold_lifted_by_id_b5cd60f4 ON public.releases_hold USING btree (lifted_by_id);
CREATE INDEX releases_publication_bundle_id_895b13f4 ON public.releases_publication USING btree (bundle_id);
CREATE INDEX releases_publication_environment_id_dcfa0b23 ON public.releases_publication USING btree (environment_id);
CREATE INDEX releases_publication_job_id_e05d671b ON public.releases_publication USING btree (job_id);
CREATE INDEX releases_re_environ_2184db_idx ON public.releases_release USING btree (environment_id, digest);
CREATE INDEX releases_re_environ_d423d3_idx ON public.releases_release USING btree (environment_id, state);
CREATE INDEX releases_re_job_id_b6c89d_idx ON public.releases_release USING btree (job_id);
CREATE INDEX releases_release_bundle_id_4badb07b ON public.releases_release USING btree (bundle_id);
CREATE INDEX releases_release_decided_by_id_47ddc052 ON public.releases_release USING btree (decided_by_id);
CREATE INDEX releases_release_environment_id_5159f0d6 ON public.releases_release USING btree (environment_id);
CREATE INDEX releases_release_job_id_230d5924 ON public.releases_release USING btree (job_id);
CREATE INDEX releases_release_requested_by_id_fdbda413 ON public.releases_release USING btree (requested_by_id);
CREATE INDEX releases_release_source_id_fecec6a1 ON public.releases_release USING btree (source_id);
CREATE INDEX releases_review_actor_id_db832588 ON public.releases_review USING btree (actor_id);
CREATE INDEX releases_review_environment_id_56acc0f1 ON public.releases_review USING btree (environment_id);
CREATE INDEX releases_review_requester_id_4bbeb171 ON public.releases_review USING btree (requester_id);
CREATE INDEX releases_review_reviewer_id_9efb487e ON public.releases_review USING btree (reviewer_id);
CREATE INDEX releases_sm_environ_998f09_idx ON public.releases_smokerun USING btree (environment_id, id DESC);
CREATE INDEX releases_smokerun_deployment_id_18ddb1bc ON public.releases_smokerun USING btree (deployment_id);
CREATE INDEX releases_smokerun_environment_id_d061ec53 ON public.releases_smokerun USING btree (environment_id);
CREATE INDEX releases_smokerun_job_id_76faaac4 ON public.releases_smokerun USING btree (job_id);
CREATE INDEX releases_smokerun_version_id_351ffa0b ON public.releases_smokerun USING btree (version_id);
CREATE INDEX releases_smoketest_changed_by_id_9b796ad0 ON public.releases_smoketest USING btree (changed_by_id);
CREATE INDEX releases_smokeversion_by_id_13c74e44 ON public.releases_smokeversion USING btree (by_id);
CREATE INDEX releases_smokeversion_test_id_39de0d35 ON public.releases_smokeversion USING btree (test_id);
CREATE INDEX releases_waitoverride_given_by_id_aa467113 ON public.releases_waitoverride USING btree (given_by_id);
CREATE INDEX releases_waitoverride_job_id_03b9dd15 ON public.releases_waitoverride USING btree (job_id);
CREATE INDEX runbooks_alarm_environment_id_e7b37d35 ON public.runbooks_alarm USING btree (environment_id);
CREATE INDEX runbooks_alarm_ocid_0d14716e_like ON public.runbooks_alarm USING btree (ocid varchar_pattern_ops);
CREATE INDEX runbooks_entry_incident_id_1639f8b2 ON public.runbooks_entry USING btree (incident_id);
CREATE INDEX runbooks_in_environ_2ebc48_idx ON public.runbooks_incident USING btree (environment_id, state);
CREATE INDEX runbooks_incident_acknowledged_by_id_a2c53d72 ON public.runbooks_incident USING btree (acknowledged_by_id);
CREATE INDEX runbooks_incident_alarm_id_67bea110 ON public.runbooks_incident USING btree (alarm_id);
CREATE INDEX runbooks_incident_deployment_id_8cf55d1c ON public.runbooks_incident USING btree (deployment_id);
CREATE INDEX runbooks_incident_environment_id_bac18a53 ON public.runbooks_incident USING btree (environment_id);
CREATE INDEX runbooks_no_environ_4e3579_idx ON public.runbooks_notification USING btree (environment_id, received_at DESC);
CREATE INDEX runbooks_notification_environment_id_c7cf2d53 ON public.runbooks_notification USING btree (environment_id);
CREATE INDEX runbooks_notification_message_id_2bc9e2c2_like ON public.runbooks_notification USING btree (message_id varchar_pattern_ops);
CREATE INDEX runbooks_runbook_edited_by_id_7ae1882c ON public.runbooks_runbook USING btree (edited_by_id);
CREATE INDEX runbooks_runbook_kind_0b27da20_like ON public.runbooks_runbook USING btree (kind varchar_pattern_ops);
CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY ((ARRAY['totp'::character varying, 'recovery_codes'::character varying])::text[]));
CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";
CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;
CREATE INDEX usersessions_usersession_session_key_fd35de43_like ON public.usersessions_usersession USING btree (session_key varchar_pattern_ops);
CREATE INDEX usersessions_usersession_user_id_af5e0a6d ON public.usersessions_usersession USING btree (user_id);
CREATE INDEX web_cache_expires ON public.web_cache USING btree (expires);
CREATE TRIGGER environments_plan_guard BEFORE INSERT OR UPDATE ON public.environments_plan FOR EACH ROW EXECUTE FUNCTION public.environments_plan_guard();
CREATE TRIGGER environments_planapproval_guard BEFORE INSERT OR DELETE OR UPDATE ON public.environments_planapproval FOR EACH ROW EXECUTE FUNCTION public.environments_planapproval_guard();
CREATE TRIGGER jobs_call_guard BEFORE UPDATE ON public.jobs_call FOR EACH ROW WHEN (((old.outcome)::text = 'done'::text)) EXECUTE FUNCTION public.jobs_call_guard();
CREATE TRIGGER jobs_job_guard BEFORE UPDATE ON public.jobs_job FOR EACH ROW EXECUTE FUNCTION public.jobs_job_guard();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_batch FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_node FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER releases_approval_guard BEFORE INSERT OR DELETE OR UPDATE ON public.releases_approval FOR EACH ROW EXECUTE FUNCTION public.releases_approval_guard();
CREATE TRIGGER releases_bundle_guard BEFORE DELETE OR UPDATE ON public.releases_bundle FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_containerlog_guard BEFORE UPDATE ON public.releases_containerlog FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_freezeoverride_guard BEFORE DELETE OR UPDATE ON public.releases_freezeoverride FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_hold_guard BEFORE DELETE OR UPDATE ON public.releases_hold FOR EACH ROW EXECUTE FUNCTION public.releases_hold_guard();
CREATE TRIGGER releases_publication_guard BEFORE DELETE OR UPDATE ON public.releases_publication FOR EACH ROW EXECUTE FUNCTION public.releases_publication_guard();
CREATE TRIGGER releases_release_guard BEFORE INSERT OR DELETE OR UPDATE ON public.releases_release FOR EACH ROW EXECUTE FUNCTION public.releases_release_guard();
CREATE TRIGGER releases_release_parts_guard BEFORE INSERT OR UPDATE ON public.releases_release FOR EACH ROW EXECUTE FUNCTION public.releases_release_parts_guard();
CREATE TRIGGER releases_review_guard BEFORE INSERT OR DELETE OR UPDATE ON public.releases_review FOR EACH ROW EXECUTE FUNCTION public.releases_review_guard();
CREATE TRIGGER releases_smokerun_guard BEFORE UPDATE ON public.releases_smokerun FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_smokerun_kept BEFORE DELETE ON public.releases_smokerun FOR EACH ROW WHEN ((NOT (((old.origin)::text = 'schedule'::text) AND old.passed AND (old.ended_at < (now() - '90 days'::interval))))) EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_smokeversion_guard BEFORE DELETE OR UPDATE ON public.releases_smokeversion FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_waitoverride_guard BEFORE DELETE OR UPDATE ON public.releases_waitoverride FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_apitoken
    ADD CONSTRAINT api_apitoken_owner_id_c79e01a4_fk_accounts_user_id FOREIGN KEY (owner_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT approval_names_the_requester FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_adoption
    ADD CONSTRAINT environments_adoptio_environment_id_1c6defba_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_discovery
    ADD CONSTRAINT environments_discove_environment_id_e72805ef_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_driftitem
    ADD CONSTRAINT environments_driftit_environment_id_ba809c1c_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_driftreport
    ADD CONSTRAINT environments_driftre_environment_id_6dad7049_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_managedresource
    ADD CONSTRAINT environments_managed_environment_id_cdbda744_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_plan
    ADD CONSTRAINT environments_plan_environment_id_0b64e951_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_plan
    ADD CONSTRAINT environments_plan_requester_id_35f21885_fk_accounts_user_id FOREIGN KEY (requester_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT environments_planapp_approver_id_535d9010_fk_accounts_ FOREIGN KEY (approver_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT environments_planapp_plan_id_bf73d6eb_fk_environme FOREIGN KEY (plan_id) REFERENCES public.environments_plan(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT environments_planapp_requester_id_4bc88e94_fk_accounts_ FOREIGN KEY (requester_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.environments_secretreference
    ADD CONSTRAINT environments_secretr_environment_id_9cd80a44_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_call
    ADD CONSTRAINT jobs_call_step_id_772c2ba8_fk_jobs_steprow_id FOREIGN KEY (step_id) REFERENCES public.jobs_steprow(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_joblog
    ADD CONSTRAINT jobs_joblog_job_id_ae8f8e96_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_scheduleoccurrence
    ADD CONSTRAINT jobs_scheduleoccurrence_job_id_9b848638_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.jobs_steprow
    ADD CONSTRAINT jobs_steprow_job_id_541ea4e7_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT override_names_the_requester FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id);
ALTER TABLE ONLY public.environments_planapproval
    ADD CONSTRAINT plan_approval_names_the_requester FOREIGN KEY (plan_id, requester_id) REFERENCES public.environments_plan(id, requester_id);
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT releases_approval_approver_id_f70ebd99_fk_accounts_user_id FOREIGN KEY (approver_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT releases_approval_release_id_cc1bef41_fk_releases_release_id FOREIGN KEY (release_id) REFERENCES public.releases_release(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_approval
    ADD CONSTRAINT releases_approval_requester_id_98eb1c4a_fk_accounts_user_id FOREIGN KEY (requester_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_bundle
    ADD CONSTRAINT releases_bundle_environment_id_21ceeb31_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_bundle
    ADD CONSTRAINT releases_bundle_uploaded_by_id_8ec812f3_fk_accounts_user_id FOREIGN KEY (uploaded_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_containerlog
    ADD CONSTRAINT releases_containerlo_deployment_id_9fb5919b_fk_releases_ FOREIGN KEY (deployment_id) REFERENCES public.releases_deployment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_containerlog
    ADD CONSTRAINT releases_containerlo_environment_id_d2c2ce97_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_containerlog
    ADD CONSTRAINT releases_containerlog_job_id_a9d45775_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_deployment
    ADD CONSTRAINT releases_deployment_environment_id_8cdf784c_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_deployment
    ADD CONSTRAINT releases_deployment_job_id_11dcbc74_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_deployment
    ADD CONSTRAINT releases_deployment_previous_id_47ce27dd_fk_releases_ FOREIGN KEY (previous_id) REFERENCES public.releases_deployment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_deployment
    ADD CONSTRAINT releases_deployment_release_id_4a660056_fk_releases_release_id FOREIGN KEY (release_id) REFERENCES public.releases_release(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT releases_freezeoverr_release_id_9b3ad859_fk_releases_ FOREIGN KEY (release_id) REFERENCES public.releases_release(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT releases_freezeoverr_requester_id_705819ae_fk_accounts_ FOREIGN KEY (requester_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezeoverride
    ADD CONSTRAINT releases_freezeoverride_by_id_9a89bcb7_fk_accounts_user_id FOREIGN KEY (by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezewindow_environments
    ADD CONSTRAINT releases_freezewindo_environment_id_825efa7e_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_freezewindow_environments
    ADD CONSTRAINT releases_freezewindo_freezewindow_id_9457e047_fk_releases_ FOREIGN KEY (freezewindow_id) REFERENCES public.releases_freezewindow(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_hold
    ADD CONSTRAINT releases_hold_environment_id_52e94965_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_hold
    ADD CONSTRAINT releases_hold_job_id_fc90753c_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_hold
    ADD CONSTRAINT releases_hold_lifted_by_id_b5cd60f4_fk_accounts_user_id FOREIGN KEY (lifted_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_publication
    ADD CONSTRAINT releases_publication_bundle_id_895b13f4_fk_releases_bundle_id FOREIGN KEY (bundle_id) REFERENCES public.releases_bundle(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_publication
    ADD CONSTRAINT releases_publication_environment_id_dcfa0b23_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_publication
    ADD CONSTRAINT releases_publication_job_id_e05d671b_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_bundle_id_4badb07b_fk_releases_bundle_id FOREIGN KEY (bundle_id) REFERENCES public.releases_bundle(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_decided_by_id_47ddc052_fk_accounts_user_id FOREIGN KEY (decided_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_environment_id_5159f0d6_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_job_id_230d5924_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_requested_by_id_fdbda413_fk_accounts_user_id FOREIGN KEY (requested_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_release
    ADD CONSTRAINT releases_release_source_id_fecec6a1_fk_releases_deployment_id FOREIGN KEY (source_id) REFERENCES public.releases_deployment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_actor_id_db832588_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_environment_id_56acc0f1_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_release_id_e9240c8c_fk_releases_release_id FOREIGN KEY (release_id) REFERENCES public.releases_release(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_requester_id_4bbeb171_fk_accounts_user_id FOREIGN KEY (requester_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT releases_review_reviewer_id_9efb487e_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokerun
    ADD CONSTRAINT releases_smokerun_deployment_id_18ddb1bc_fk_releases_ FOREIGN KEY (deployment_id) REFERENCES public.releases_deployment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokerun
    ADD CONSTRAINT releases_smokerun_environment_id_d061ec53_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokerun
    ADD CONSTRAINT releases_smokerun_job_id_76faaac4_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokerun
    ADD CONSTRAINT releases_smokerun_version_id_351ffa0b_fk_releases_ FOREIGN KEY (version_id) REFERENCES public.releases_smokeversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smoketest
    ADD CONSTRAINT releases_smoketest_changed_by_id_9b796ad0_fk_accounts_user_id FOREIGN KEY (changed_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smoketest
    ADD CONSTRAINT releases_smoketest_environment_id_6ae6a49b_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokeversion
    ADD CONSTRAINT releases_smokeversion_by_id_13c74e44_fk_accounts_user_id FOREIGN KEY (by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_smokeversion
    ADD CONSTRAINT releases_smokeversion_test_id_39de0d35_fk_releases_smoketest_id FOREIGN KEY (test_id) REFERENCES public.releases_smoketest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_waitoverride
    ADD CONSTRAINT releases_waitoverride_given_by_id_aa467113_fk_accounts_user_id FOREIGN KEY (given_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_waitoverride
    ADD CONSTRAINT releases_waitoverride_job_id_03b9dd15_fk_jobs_job_id FOREIGN KEY (job_id) REFERENCES public.jobs_job(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.releases_review
    ADD CONSTRAINT review_names_the_requester FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release(id, requested_by_id);
ALTER TABLE ONLY public.runbooks_alarm
    ADD CONSTRAINT runbooks_alarm_environment_id_e7b37d35_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_entry
    ADD CONSTRAINT runbooks_entry_incident_id_1639f8b2_fk_runbooks_incident_id FOREIGN KEY (incident_id) REFERENCES public.runbooks_incident(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT runbooks_incident_acknowledged_by_id_a2c53d72_fk_accounts_ FOREIGN KEY (acknowledged_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT runbooks_incident_alarm_id_67bea110_fk_runbooks_alarm_id FOREIGN KEY (alarm_id) REFERENCES public.runbooks_alarm(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT runbooks_incident_deployment_id_8cf55d1c_fk_releases_ FOREIGN KEY (deployment_id) REFERENCES public.releases_deployment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_incident
    ADD CONSTRAINT runbooks_incident_environment_id_bac18a53_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_notification
    ADD CONSTRAINT runbooks_notificatio_environment_id_c7cf2d53_fk_environme FOREIGN KEY (environment_id) REFERENCES public.environments_environment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.runbooks_runbook
    ADD CONSTRAINT runbooks_runbook_edited_by_id_7ae1882c_fk_accounts_user_id FOREIGN KEY (edited_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_user_id_af5e0a6d_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
REVOKE ALL ON FUNCTION public.audit_append(actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_append(actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text) TO portal_app;
REVOKE ALL ON FUNCTION public.audit_keep_checkpoint(size bigint, root text, "time" text, prev text, key_id text, public_key text, signature text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_keep_checkpoint(size bigint, root text, "time" text, prev text, key_id text, public_key text, signature text) TO portal_app;
REVOKE ALL ON FUNCTION public.audit_keep_nodes(level integer, first bigint, hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_keep_nodes(level integer, first bigint, hashes bytea[]) TO portal_app;
REVOKE ALL ON FUNCTION public.audit_seal_pending(wait boolean, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_seal_pending(wait boolean, most integer) TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailaddress TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.account_emailaddress_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailconfirmation TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.account_emailconfirmation_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_groups TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.accounts_user_groups_id_seq TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.accounts_user_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_user_permissions TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.accounts_user_user_permissions_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_apitoken TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.api_apitoken_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_idempotencykey TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.api_idempotencykey_id_seq TO portal_app;
GRANT SELECT ON TABLE public.audit_batch TO portal_app;
GRANT SELECT ON TABLE public.audit_checkpoint TO portal_app;
GRANT SELECT ON TABLE public.audit_event TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.audit_event_id_seq TO portal_app;
GRANT SELECT ON TABLE public.audit_node TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.audit_node_id_seq TO portal_app;
GRANT SELECT ON TABLE public.audit_seal TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.auth_group_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group_permissions TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.auth_group_permissions_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_permission TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.auth_permission_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_admin_log TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.django_admin_log_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_content_type TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.django_content_type_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_migrations TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.django_migrations_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_session TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_adoption TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_adoption_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_discovery TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_discovery_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_driftitem TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_driftitem_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_driftreport TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_driftreport_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_environment TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_environment_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_managedresource TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_managedresource_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_plan TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_plan_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_planapproval TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_planapproval_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_region TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_region_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.environments_secretreference TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.environments_secretreference_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_call TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.jobs_call_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_job TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_joblog TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.jobs_joblog_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_scheduleoccurrence TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_steprow TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.jobs_steprow_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs_worker TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mail_outgoingemail TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.mail_outgoingemail_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mfa_authenticator TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.mfa_authenticator_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_approval TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_approval_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_bundle TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_bundle_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_containerlog TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_containerlog_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_deployment TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_deployment_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_freezeoverride TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_freezeoverride_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_freezewindow TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_freezewindow_environments TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_freezewindow_environments_id_seq TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_freezewindow_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_hold TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_hold_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_publication TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_publication_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_release TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_release_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_review TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_review_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_smokerun TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_smokerun_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_smoketest TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_smoketest_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_smokeversion TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_smokeversion_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.releases_waitoverride TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.releases_waitoverride_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runbooks_alarm TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.runbooks_alarm_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runbooks_entry TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.runbooks_entry_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runbooks_incident TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.runbooks_incident_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runbooks_notification TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.runbooks_notification_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runbooks_runbook TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.runbooks_runbook_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usersessions_usersession TO portal_app;
GRANT SELECT,USAGE ON SEQUENCE public.usersessions_usersession_id_seq TO portal_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.web_cache TO portal_app;
