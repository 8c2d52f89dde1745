from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0008_calls_of_the_last_hour'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apikey',
            name='provider',
            field=models.CharField(
                choices=[('submagic', 'Submagic'), ('magic_hour', 'Magic Hour'), ('picovico', 'Picovico')],
                default='submagic',
                max_length=16,
            ),
        ),
    ]
