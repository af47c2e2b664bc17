"""Versions of smoke tests, and what set a run off, where it ran, what it ran."""

import django.db.models.deletion
import portal.lib.clock
from django.conf import settings
from django.db import migrations, models

# runs that passed on schedule are the only evidence that goes, and not before 90 days: one every five minutes is 100,000 a year
RUNS = """
DROP TRIGGER releases_smokerun_guard ON public.releases_smokerun;
UPDATE public.releases_smokerun SET origin = 'deployment' WHERE deployment_id IS NOT NULL;
CREATE TRIGGER releases_smokerun_guard BEFORE UPDATE ON public.releases_smokerun
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
CREATE TRIGGER releases_smokerun_kept BEFORE DELETE ON public.releases_smokerun FOR EACH ROW
    WHEN (NOT (OLD.origin = 'schedule' AND OLD.passed AND OLD.ended_at < now() - interval '90 days'))
    EXECUTE FUNCTION public.releases_evidence_guard();
"""
RUNS_BEFORE = """
DROP TRIGGER releases_smokerun_kept ON public.releases_smokerun;
DROP TRIGGER releases_smokerun_guard ON public.releases_smokerun;
CREATE TRIGGER releases_smokerun_guard BEFORE UPDATE OR DELETE ON public.releases_smokerun
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
"""
VERSIONS = """
INSERT INTO public.releases_smokeversion (test_id, number, steps, by_id, words, at)
    SELECT id, number, steps, changed_by_id, 'as it was when versions began to be kept', changed_at FROM public.releases_smoketest;
CREATE TRIGGER releases_smokeversion_guard BEFORE UPDATE OR DELETE ON public.releases_smokeversion
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_guards"),
        ("releases", "0005_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="smokerun",
            name="origin",
            field=models.CharField(
                choices=[("deployment", "deployment"), ("button", "button"), ("schedule", "schedule")],
                default="button",
                max_length=12,
                verbose_name="set off by",
            ),
        ),
        migrations.AddField(
            model_name="smokerun",
            name="request_id",
            field=models.CharField(blank=True, help_text="X-Request-ID of every request of the run.", max_length=64),
        ),
        migrations.AddField(
            model_name="smokerun",
            name="url",
            field=models.CharField(
                blank=True, help_text="Of the application that was asked.", max_length=300, verbose_name="address"
            ),
        ),
        migrations.AddField(
            model_name="smoketest",
            name="number",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
        ),
        migrations.CreateModel(
            name="SmokeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("steps", models.JSONField()),
                ("words", models.CharField(blank=True, max_length=200, verbose_name="what changed")),
                ("at", models.DateTimeField(default=portal.lib.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="releases.smoketest"
                    ),
                ),
            ],
            options={"ordering": ["-number"]},
        ),
        migrations.AddField(
            model_name="smokerun",
            name="version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="releases.smokeversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="smokerun",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["deployment", "button", "schedule"])), name="smoke_run_origin_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="smokeversion",
            constraint=models.UniqueConstraint(fields=("test", "number"), name="one_smoke_version_per_number"),
        ),
        migrations.RunSQL(RUNS, RUNS_BEFORE),
        migrations.RunSQL(VERSIONS, "DROP TRIGGER releases_smokeversion_guard ON public.releases_smokeversion"),
    ]
