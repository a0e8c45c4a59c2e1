"""The version of the canonical form beside a site's rules; unknown addresses from before noise was told, told now."""

from django.db import migrations, models

from migrate.noise import is_noise

_CHUNK = 2000


def tell_noise(apps, _schema_editor) -> None:
    """Mark what scanners asked for before unknown addresses were told apart."""
    hits = apps.get_model("legacy", "UnknownHit").objects
    noise = [pk for pk, url in hits.filter(noise=False).values_list("pk", "canonical").iterator() if is_noise(url)]
    for start in range(0, len(noise), _CHUNK):
        hits.filter(pk__in=noise[start : start + _CHUNK]).update(noise=True)


class Migration(migrations.Migration):
    dependencies = [("legacy", "0005_worklist")]

    operations = [
        migrations.AddField(
            model_name="oldsite",
            name="key_format",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Under which its addresses were keyed last; 0: before this was noted.",
                verbose_name="version of the canonical form",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="undo",
            field=models.JSONField(
                blank=True,
                help_text="What its address was before anybody ruled on it.",
                null=True,
                verbose_name="what undoing needs",
            ),
        ),
        migrations.RunPython(tell_noise, migrations.RunPython.noop),
    ]
