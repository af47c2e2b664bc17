"""Rules of the prefix and of the values of tags, asked by forms."""

import django.core.validators
from django.db import migrations, models

NO_VARIABLE = django.core.validators.RegexValidator(
    "\\$\\{",
    "Write the value itself: OCI replaces ${…}, so the tag would differ for ever.",
    inverse_match=True,
)


class Migration(migrations.Migration):
    dependencies = [("environments", "0003_pending_change")]

    operations = [
        migrations.AlterField(
            "environment",
            "prefix",
            models.CharField(
                max_length=30,
                default="conceptlens",
                help_text="First part of every name in OCI.",
                validators=[
                    django.core.validators.RegexValidator(
                        "^[a-z][a-z0-9]*(-[a-z0-9]+)*\\Z",
                        "Use small letters, digits and single hyphens, a letter first: no image "
                        "can be pushed to a repository with another path.",
                    )
                ],
            ),
        ),
        migrations.AlterField(
            "environment",
            "owner",
            models.CharField(
                max_length=100, help_text="Value of the tag `owner`.", validators=[NO_VARIABLE]
            ),
        ),
        migrations.AlterField(
            "environment",
            "cost_center",
            models.CharField(
                max_length=60, help_text="Value of the tag `costCenter`.", validators=[NO_VARIABLE]
            ),
        ),
    ]
