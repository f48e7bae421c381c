"""Positions of events come from a sequence: they never go back, whatever is deleted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0005_preferred_codes_tried")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS access_event_position AS bigint",
            "DROP SEQUENCE IF EXISTS access_event_position",
        ),
    ]
