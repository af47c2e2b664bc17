"""Frontend bundles, what was published when, and what else a release consists of."""

import django.core.validators
import django.db.models.deletion
import portal.lib.clock
from django.conf import settings
from django.db import migrations, models


PARTS = """
CREATE FUNCTION public.releases_release_parts_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
CREATE TRIGGER releases_release_parts_guard BEFORE INSERT OR UPDATE ON public.releases_release
    FOR EACH ROW EXECUTE FUNCTION public.releases_release_parts_guard();
"""

BUNDLE = """
CREATE TRIGGER releases_bundle_guard BEFORE UPDATE OR DELETE ON public.releases_bundle
    FOR EACH ROW EXECUTE FUNCTION public.releases_evidence_guard();
"""

PUBLICATION = """
CREATE FUNCTION public.releases_publication_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' THEN
        RAISE EXCEPTION 'publication % is evidence: it only ends', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER releases_publication_guard BEFORE UPDATE OR DELETE ON public.releases_publication
    FOR EACH ROW EXECUTE FUNCTION public.releases_publication_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("environments", "0001_initial"),
        ("jobs", "0002_guards"),
        ("releases", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="alembic_head",
            field=models.CharField(
                blank=True,
                max_length=64,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[0-9A-Za-z_]{4,64}\\Z", "4 to 64 letters, digits or underscores, as `alembic heads` prints it."
                    )
                ],
                verbose_name="expected Alembic head",
            ),
        ),
        migrations.CreateModel(
            name="Bundle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "digest",
                    models.CharField(
                        max_length=71,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^sha256:[0-9a-f]{64}\\Z", "sha256: with 64 hexadecimal digits."
                            )
                        ],
                    ),
                ),
                ("label", models.CharField(blank=True, help_text="The name of the file that was uploaded.", max_length=120)),
                (
                    "archive",
                    models.CharField(help_text="Name of the object that holds the bytes as they were uploaded.", max_length=120),
                ),
                (
                    "archive_sha256",
                    models.CharField(
                        max_length=71,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^sha256:[0-9a-f]{64}\\Z", "sha256: with 64 hexadecimal digits."
                            )
                        ],
                    ),
                ),
                ("archive_format", models.CharField(max_length=8)),
                (
                    "bucket",
                    models.CharField(help_text="The environment's private bucket that keeps the archive.", max_length=256),
                ),
                ("size", models.PositiveBigIntegerField(help_text="Bytes uploaded.")),
                ("unpacked", models.PositiveBigIntegerField(help_text="Bytes of all files together.")),
                ("files", models.JSONField(default=list)),
                ("api_origin", models.CharField(max_length=300, verbose_name="API origin")),
                ("uploaded_at", models.DateTimeField(default=portal.lib.clock.now)),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bundles", to="environments.environment"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="release",
            name="bundle",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="releases.bundle",
                verbose_name="frontend bundle",
            ),
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("published_at", models.DateTimeField(default=portal.lib.clock.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="publications", to="releases.bundle"
                    ),
                ),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="publications", to="environments.environment"
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
            },
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.UniqueConstraint(fields=("environment", "digest"), name="one_bundle_per_content"),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("environment",), name="one_open_publication"
            ),
        ),
        migrations.RunSQL(PARTS, "DROP FUNCTION public.releases_release_parts_guard CASCADE"),
        migrations.RunSQL(BUNDLE, "DROP TRIGGER releases_bundle_guard ON public.releases_bundle"),
        migrations.RunSQL(PUBLICATION, "DROP FUNCTION public.releases_publication_guard CASCADE"),
    ]
