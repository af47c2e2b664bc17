import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("environments", "0006_regions")]

    operations = [
        migrations.RenameModel("Deviation", "DriftItem"),
        migrations.AlterField(
            "driftitem",
            "environment",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="drift_items",
                to="environments.environment",
            ),
        ),
    ]
