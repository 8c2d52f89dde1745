from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0007_upload_boot'),
    ]

    operations = [
        migrations.AddField(
            model_name='webhookevent',
            name='size',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='webhookevent',
            name='asked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='webhookevent',
            name='body_removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['team', '-received_at', '-id'], name='webhook_inbox'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['team', 'verdict', '-received_at', '-id'], name='webhook_inbox_by_verdict'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['received_at'], name='webhook_by_age'),
        ),
    ]
