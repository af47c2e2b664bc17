"""Freeze windows, break-glass with its review, expiry, promotion; the rules that hold whoever writes."""

import django.db.models.deletion
import portal.lib.clock
from django.conf import settings
from django.db import migrations, models


RELEASE = """
CREATE OR REPLACE FUNCTION public.releases_release_guard() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
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
"""

APPROVAL = """
CREATE OR REPLACE FUNCTION public.releases_approval_guard() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
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
"""

BESIDES = """
ALTER TABLE public.releases_freezeoverride ADD CONSTRAINT override_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release (id, requested_by_id);
ALTER TABLE public.releases_review ADD CONSTRAINT review_names_the_requester
    FOREIGN KEY (release_id, requester_id) REFERENCES public.releases_release (id, requested_by_id);
CREATE TRIGGER releases_freezeoverride_guard BEFORE UPDATE OR DELETE ON public.releases_freezeoverride
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE FUNCTION public.releases_review_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
CREATE TRIGGER releases_review_guard BEFORE INSERT OR UPDATE OR DELETE ON public.releases_review
    FOR EACH ROW EXECUTE FUNCTION public.releases_review_guard();
"""
NOT_BESIDES = """
DROP TRIGGER releases_freezeoverride_guard ON public.releases_freezeoverride;
DROP FUNCTION public.releases_review_guard CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('environments', '0003_drift_and_adoption'),
        ('jobs', '0002_guards'),
        ('releases', '0004_holds_and_what_was_kept'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FreezeOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('freeze', models.CharField(help_text='Which window was open, and until when.', max_length=200)),
                ('reason', models.TextField(max_length=2000)),
                ('at', models.DateTimeField(default=portal.lib.clock.now)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='FreezeWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='People read it when they are refused: Weekend, Year end.', max_length=80, unique=True)),
                ('repeats', models.CharField(choices=[('weekly', 'every week'), ('yearly', 'every year'), ('once', 'once')], default='weekly', max_length=8)),
                ('starts', models.CharField(help_text='Every week: Fri 16:00. Every year: 12-20 16:00. Once: 2026-12-20 16:00.', max_length=20)),
                ('ends', models.CharField(help_text='The first moment that is free again, written like the start.', max_length=20)),
                ('zone', models.CharField(default='UTC', help_text='Such as Europe/Berlin.', max_length=60, verbose_name='time zone')),
                ('enabled', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(max_length=2000)),
                ('incident', models.CharField(help_text='Number or address of the incident.', max_length=300)),
                ('waived', models.JSONField(default=list, help_text='What the release went without: a list of sentences.')),
                ('opened_at', models.DateTimeField(default=portal.lib.clock.now)),
                ('finding', models.TextField(blank=True, max_length=4000)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='release',
            name='release_state_known',
        ),
        migrations.AddField(
            model_name='release',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='When request and approvals stop to count; the database sees to it.', null=True),
        ),
        migrations.AddField(
            model_name='release',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='releases.deployment', verbose_name='promoted from'),
        ),
        migrations.AlterField(
            model_name='release',
            name='state',
            field=models.CharField(choices=[('requested', 'awaiting approval'), ('approved', 'approved'), ('denied', 'denied'), ('withdrawn', 'withdrawn'), ('expired', 'expired'), ('deploying', 'deploying'), ('deployed', 'deployed'), ('failed', 'failed')], default='requested', max_length=16),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(fields=['environment', 'digest'], name='releases_re_environ_2184db_idx'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'approved', 'denied', 'withdrawn', 'expired', 'deploying', 'deployed', 'failed'])), name='release_state_known'),
        ),
        migrations.AddField(
            model_name='freezeoverride',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='freezeoverride',
            name='release',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='freeze_override', to='releases.release'),
        ),
        migrations.AddField(
            model_name='freezeoverride',
            name='requester',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='freezewindow',
            name='environments',
            field=models.ManyToManyField(related_name='freeze_windows', to='environments.environment'),
        ),
        migrations.AddField(
            model_name='review',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who broke the glass'),
        ),
        migrations.AddField(
            model_name='review',
            name='environment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='environments.environment'),
        ),
        migrations.AddField(
            model_name='review',
            name='release',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='releases.release'),
        ),
        migrations.AddField(
            model_name='review',
            name='requester',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='reviewer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='freezeoverride',
            constraint=models.CheckConstraint(condition=models.Q(('by', models.F('requester')), _negated=True), name='override_is_not_the_requesters'),
        ),
        migrations.AddConstraint(
            model_name='freezeoverride',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='override_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='freezewindow',
            constraint=models.CheckConstraint(condition=models.Q(('repeats__in', ['weekly', 'yearly', 'once'])), name='freeze_repeats_known'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['environment'], name='open_reviews'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('reviewer', models.F('actor')), _negated=True), name='reviewer_did_not_break_the_glass'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('reviewer', models.F('requester')), _negated=True), name='reviewer_did_not_ask_for_it'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('incident', ''), _negated=True)), name='glass_broken_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('finding', ''), ('reviewer', None)), models.Q(('closed_at__isnull', False), ('reviewer__isnull', False), models.Q(('finding', ''), _negated=True)), _connector='OR'), name='review_closed_with_a_finding'),
        ),
        migrations.RunSQL(RELEASE, migrations.RunSQL.noop),
        migrations.RunSQL(APPROVAL, migrations.RunSQL.noop),
        migrations.RunSQL(BESIDES, NOT_BESIDES),
    ]
