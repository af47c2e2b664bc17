"""Another name for the model of an overridden wait; its trigger and constraint move with the
table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("releases", "0006_smoke_versions")]

    operations = [migrations.RenameModel("GoAhead", "WaitOverride")]
