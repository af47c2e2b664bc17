"""Which regions the tenancy is subscribed to."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('environments', '0005_discovery'),
    ]

    operations = [
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30, unique=True)),
                ('status', models.CharField(help_text='READY, or IN_PROGRESS for some minutes.', max_length=20)),
                ('is_home', models.BooleanField(default=False, help_text='Where identity is written; fixed for ever.')),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['name'],
            },
        ),
    ]
