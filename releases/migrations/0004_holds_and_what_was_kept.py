"""Holds, logs of containers, words to go on, and what deployments leave for the verdict."""

import django.db.models.deletion
import portal.lib.clock
from django.conf import settings
from django.db import migrations, models


WRITTEN_ONCE = """
CREATE TRIGGER releases_goahead_guard BEFORE UPDATE OR DELETE ON public.releases_goahead
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_containerlog_guard BEFORE UPDATE ON public.releases_containerlog
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
"""
WRITABLE = """
DROP TRIGGER releases_goahead_guard ON public.releases_goahead;
DROP TRIGGER releases_containerlog_guard ON public.releases_containerlog;
"""
HOLD = """
CREATE FUNCTION public.releases_hold_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'hold % is evidence: it is lifted once, and never deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER releases_hold_guard BEFORE UPDATE OR DELETE ON public.releases_hold
    FOR EACH ROW EXECUTE FUNCTION public.releases_hold_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("environments", "0001_initial"),
        ("jobs", "0002_guards"),
        ("releases", "0003_frontend"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="images_gone",
            field=models.CharField(blank=True, help_text="Which of its images is no longer in the registry.", max_length=400),
        ),
        migrations.AddField(
            model_name="deployment",
            name="images_seen_at",
            field=models.DateTimeField(blank=True, help_text="When somebody last looked for its images.", null=True),
        ),
        migrations.AddField(
            model_name="deployment",
            name="migration",
            field=models.JSONField(
                blank=True, default=dict, help_text="What its migration did: before, after, ran (revision, one_way), tables."
            ),
        ),
        migrations.AddField(
            model_name="deployment",
            name="one_way",
            field=models.CharField(
                blank=True,
                help_text="Revisions that ran with it and cannot be undone; no way back leads past them.",
                max_length=400,
            ),
        ),
        migrations.AddField(
            model_name="deployment",
            name="verdict",
            field=models.JSONField(
                blank=True, default=dict, help_text="Whether it could be rolled back when it went live: kind, words."
            ),
        ),
        migrations.CreateModel(
            name="ContainerLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("instance", models.CharField(max_length=255, verbose_name="container instance")),
                ("container", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("exit_code", models.IntegerField(blank=True, null=True)),
                ("text", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField(default=portal.lib.clock.now)),
                (
                    "deployment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="logs",
                        to="releases.deployment",
                    ),
                ),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="container_logs", to="environments.environment"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="jobs.job"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["environment", "-id"], name="releases_co_environ_6ea255_idx")],
                "constraints": [models.UniqueConstraint(fields=("container", "job"), name="one_log_per_container_and_job")],
            },
        ),
        migrations.CreateModel(
            name="GoAhead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=200)),
                ("waited_for", models.TextField(help_text="What the step said it waits for.")),
                ("reason", models.TextField(max_length=2000)),
                ("given_at", models.DateTimeField(default=portal.lib.clock.now)),
                (
                    "given_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="jobs.job")),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("job", "step"), name="one_go_ahead_per_step")],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000)),
                (
                    "warning",
                    models.TextField(blank=True, help_text="What went wrong besides: a smoke test that failed.", max_length=2000),
                ),
                ("placed_by", models.CharField(max_length=200)),
                ("placed_at", models.DateTimeField(default=portal.lib.clock.now)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lift_reason", models.TextField(blank=True, max_length=2000, verbose_name="reason to lift it")),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="environments.environment"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="jobs.job"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("environment",), name="one_open_hold"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_at", None),
                            models.Q(("lifted_by__isnull", False), models.Q(("lift_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="hold_lifted_by_somebody_with_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(WRITTEN_ONCE, WRITABLE),
        migrations.RunSQL(HOLD, "DROP FUNCTION public.releases_hold_guard CASCADE"),
    ]
