"""Whoever delivers events hears of new ones at their commit (access.webhooks.ringing), and need not look each second."""

from django.db import migrations

RING = """
    CREATE FUNCTION keyturn_events_written() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('keyturn_events', '');
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER events_written AFTER INSERT ON access_event
        FOR EACH STATEMENT EXECUTE FUNCTION keyturn_events_written();
"""
SILENCE = """
    DROP TRIGGER events_written ON access_event;
    DROP FUNCTION keyturn_events_written();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0018_event_of_account")]

    operations = [migrations.RunSQL(RING, SILENCE)]
