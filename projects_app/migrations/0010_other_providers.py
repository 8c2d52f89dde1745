from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0009_providers'),
        ('projects', '0009_webhook_sizes'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='project',
            name='project_state_known',
        ),
        migrations.AddField(
            model_name='project',
            name='details',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AlterField(
            model_name='project',
            name='kind',
            field=models.CharField(choices=[('magic_clips', 'Magic Clips'), ('captions', 'Captions'), ('magic_hour', 'Magic Hour video'), ('slideshow', 'Picovico slideshow')], max_length=12),
        ),
        migrations.AlterField(
            model_name='project',
            name='source',
            field=models.CharField(choices=[('upload', 'File'), ('url', 'Link'), ('youtube', 'YouTube'), ('clip', 'Clip'), ('import', 'Added by its id')], max_length=8),
        ),
        migrations.AlterField(
            model_name='project',
            name='state',
            field=models.CharField(choices=[('draft', 'waiting for its file'), ('uploading', 'uploading'), ('relaying', 'relaying'), ('queued', 'queued'), ('processing', 'processing'), ('transcribing', 'transcribing'), ('exporting', 'exporting'), ('ready', 'ready'), ('needs_you', 'needs you'), ('failed', 'failed'), ('unknown', 'unknown'), ('deleted', 'deleted')], default='draft', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'uploading', 'relaying', 'queued', 'processing', 'transcribing', 'exporting', 'ready', 'needs_you', 'failed', 'unknown', 'deleted'])), name='project_state_known'),
        ),
    ]
