"""An incident knows how far it was escalated."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runbooks', '0003_alarm_muted'),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='escalated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='escalations',
            field=models.PositiveSmallIntegerField(default=0, help_text='0: to no one yet, 1: to the person on call, 2: to all admins.'),
        ),
    ]
