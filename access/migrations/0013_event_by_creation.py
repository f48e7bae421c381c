from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0012_phone_note'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['workspace', 'created_at'], name='event_by_creation'),
        ),
    ]
