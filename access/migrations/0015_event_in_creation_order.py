from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0014_webhook_version"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="event", name="event_by_creation"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["workspace", "created_at", "id"], name="event_in_creation_order"),
        ),
    ]
