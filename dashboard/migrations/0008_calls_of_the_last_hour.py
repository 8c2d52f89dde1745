from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0007_hook_rounds'),
    ]

    operations = [
        migrations.AddField(
            model_name='ratewindow',
            name='recent',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
