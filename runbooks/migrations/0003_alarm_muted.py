"""An alarm that is muted or disabled is known as such, with its end and its note."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runbooks", "0002_cause")]

    operations = [
        migrations.AddField("alarm", "is_enabled", models.BooleanField(default=True)),
        migrations.AddField(
            "alarm",
            "muted_from",
            models.DateTimeField(
                blank=True, help_text="Since when Monitoring tells nobody that it fires.", null=True
            ),
        ),
        migrations.AddField("alarm", "muted_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "alarm",
            "muted_note",
            models.TextField(
                blank=True, default="", help_text="What the suppression says of itself."
            ),
            preserve_default=False,
        ),
    ]
