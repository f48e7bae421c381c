from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("virtual", "0002_parts_and_secret")]

    operations = [
        migrations.CreateModel(
            name="VirtualBridge",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("account_key", models.CharField(max_length=100)),
                ("gateway", models.CharField(max_length=100)),
                ("done_at", models.JSONField(blank=True, default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_key", "gateway"), name="virtual_bridge_once")
                ],
            },
        ),
    ]
