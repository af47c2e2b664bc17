"""The outbox of notifications, preferences, webhooks and on-call rotas."""

import datetime
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import portal.lib.clock
import portal.notifications.models.rota
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('environment', models.CharField(max_length=64, unique=True)),
                ('zone', models.CharField(default='UTC', max_length=60, validators=[portal.notifications.models.rota.check_zone], verbose_name='time zone')),
                ('first_day', models.DateField(default=datetime.date.today, help_text="The first member's week begins on this day.")),
                ('hour', models.PositiveSmallIntegerField(default=9, help_text='Full hour, in the time zone of the rota.', validators=[django.core.validators.MaxValueValidator(23)], verbose_name='hour of the change')),
            ],
            options={
                'verbose_name': 'on-call rota',
                'ordering': ['environment'],
            },
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('environment', models.CharField(help_text='Whose events are posted.', max_length=64)),
                ('name', models.CharField(help_text="For people, such as the channel's name.", max_length=60)),
                ('format', models.CharField(choices=[('json', 'generic JSON, signed'), ('slack', 'Slack-compatible'), ('teams', 'Teams-compatible')], max_length=8)),
                ('host', models.CharField(editable=False, max_length=255)),
                ('address_encrypted', models.TextField(editable=False)),
                ('key_encrypted', models.TextField(blank=True, editable=False)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('incident-opened', 'Incident opened'), ('incident-escalated', 'Incident escalated'), ('incident-acknowledged', 'Incident acknowledged'), ('incident-resolved', 'Incident resolved'), ('deployment-failed', 'Deployment failed'), ('deployment-rolled-back', 'Deployment rolled back'), ('approval-waiting', 'Approval waiting'), ('job-parked', 'Job needs an operator'), ('hold-placed', 'Environment held'), ('drift-found', 'Drift found'), ('alarm-muted', 'Alarm muted')], max_length=40), blank=True, default=list, help_text='What is posted; everything when none is chosen.', size=None)),
                ('created_by', models.CharField(editable=False, max_length=200)),
                ('created_at', models.DateTimeField(default=portal.lib.clock.now, editable=False)),
                ('turned_off_at', models.DateTimeField(editable=False, null=True)),
                ('last_ok_at', models.DateTimeField(editable=False, null=True)),
                ('problem', models.CharField(blank=True, editable=False, help_text='Why the last message did not arrive.', max_length=500)),
            ],
            options={
                'verbose_name': 'notification webhook',
                'ordering': ['environment', 'name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NotificationPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mail', models.BooleanField(default=True, verbose_name='by mail')),
                ('browser', models.BooleanField(default=False, verbose_name='in the browser')),
                ('added', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('removed', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notification_preference', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RotaMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='notifications.rota')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RotaOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts', models.DateTimeField()),
                ('ends', models.DateTimeField()),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='notifications.rota')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='override_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Names the event: told once by each channel.', max_length=200)),
                ('channel', models.CharField(choices=[('mail', 'mail'), ('webhook', 'webhook'), ('browser', 'browser')], max_length=8)),
                ('receiver', models.CharField(help_text='user:<id> or webhook:<id>.', max_length=40)),
                ('kind', models.CharField(choices=[('alarm-muted', 'Alarm muted'), ('approval-waiting', 'Approval waiting'), ('deployment-failed', 'Deployment failed'), ('deployment-rolled-back', 'Deployment rolled back'), ('drift-found', 'Drift found'), ('hold-placed', 'Environment held'), ('incident-acknowledged', 'Incident acknowledged'), ('incident-escalated', 'Incident escalated'), ('incident-opened', 'Incident opened'), ('incident-resolved', 'Incident resolved'), ('job-parked', 'Job needs an operator'), ('test', 'Test message')], max_length=40)),
                ('environment', models.CharField(blank=True, max_length=64)),
                ('subject', models.CharField(max_length=300)),
                ('title', models.CharField(max_length=300)),
                ('words', models.TextField(blank=True)),
                ('url', models.CharField(help_text='Path of the page that shows it.', max_length=2000)),
                ('written_at', models.DateTimeField(default=portal.lib.clock.now)),
                ('message', models.UUIDField(blank=True, help_text='The message that it goes out in, the same at every try.', null=True)),
                ('arranged_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(blank=True, default=portal.lib.clock.now, help_text='Empty once it is given up.', null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, help_text='Why the last try failed.', max_length=500)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('webhook', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='notifications.webhook')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['next_try_at'], name='notices_to_send'), models.Index(fields=['channel', 'receiver', '-id'], name='notices_of_receiver'), models.Index(fields=['written_at'], name='notices_by_age')],
                'constraints': [models.UniqueConstraint(fields=('key', 'receiver', 'channel'), name='one_notice_per_receiver')],
            },
        ),
    ]
