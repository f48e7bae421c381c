import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0017_code_attempt_device'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='account',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='locks.account'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('account__isnull', False)), fields=['account', 'type', '-occurred_at'], name='event_of_account'),
        ),
    ]
