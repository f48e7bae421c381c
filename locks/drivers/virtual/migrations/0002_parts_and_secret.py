from __future__ import annotations

from django.db import migrations, models

import locks.drivers.virtual.models
import properties.fields


class Migration(migrations.Migration):
    dependencies = [("virtual", "0001_initial")]

    operations = [
        migrations.AddField("virtuallock", "parts", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "virtuallock",
            "secret",
            properties.fields.EncryptedTextField(default=locks.drivers.virtual.models.make_secret),
        ),
    ]
