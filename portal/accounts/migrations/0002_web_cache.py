"""The table behind Django's cache: rate limits must count the same in every web process."""

from django.db import migrations

CREATE = """
CREATE TABLE web_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL);
CREATE INDEX web_cache_expires ON web_cache (expires);
"""


class Migration(migrations.Migration):
    """Makes what `createcachetable` would make."""

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE web_cache")]
