from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0006_restored_backups'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='hook_round',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='team',
            name='hooks_closed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='upstreamcall',
            name='hook_round',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
