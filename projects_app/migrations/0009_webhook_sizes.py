from django.db import migrations
from django.db.models.functions import Length

BATCH = 1000


def fill(apps, schema_editor):
    """In batches and outside one large transaction, so that messages can be stored meanwhile."""
    events = apps.get_model('projects', 'WebhookEvent').objects
    last = None
    while True:
        rows = events.order_by('pk')
        if last is not None:
            rows = rows.filter(pk__gt=last)
        ids = list(rows.values_list('pk', flat=True)[:BATCH])
        if not ids:
            return
        events.filter(pk__in=ids, size=0).update(size=Length('body'))
        last = ids[-1]


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('projects', '0008_webhook_inbox'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
