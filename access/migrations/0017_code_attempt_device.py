import django.db.models.deletion
from django.db import migrations, models


FILL = """
    UPDATE access_codeattempt attempt SET device_id = code.device_id
    FROM access_accesscode code WHERE code.id = attempt.access_code_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0016_lock_code_ignored'),
        ('locks', '0008_status_wanted_at'),
        ('properties', '0007_workspace_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='codeattempt',
            name='device',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='code_attempts', to='locks.device'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='codeattempt',
            index=models.Index(fields=['device', 'type', '-created_at'], name='code_attempt_rate'),
        ),
    ]
