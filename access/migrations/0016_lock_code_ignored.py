from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_event_in_creation_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="lockcode",
            name="ignored_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
