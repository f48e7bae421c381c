from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('properties', '0010_archived_units'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='webview_look',
            field=models.JSONField(blank=True, default=dict, help_text='How sign-in pages of lock systems look; see access.connecting.looks.'),
        ),
    ]
