from django.db import migrations, models
from django.db.models import Value
from django.utils import timezone

UNDATED = -(2**62)
NO_PRECEDENCE = -(2**31)
NO_RANK = Value(None, output_field=models.IntegerField())
TYPES = (
    "articlepage", "policypage", "interpretationpage", "leaderpage", "organisationpage", "servicepage", "letterpage",
    "consultationpage", "interviewpage", "reportpage",
)  # fmt: skip


def write_lines(apps, _schema_editor):
    """Give each live page of a portal that is there already its line; searching it wants `update_index` once."""
    Page, Kind = apps.get_model("wagtailcore", "Page"), apps.get_model("contenttypes", "ContentType")
    Line, Entry = apps.get_model("portal", "ListLine"), apps.get_model("wagtailsearch", "IndexEntry")
    for name in TYPES:
        kind = Kind.objects.filter(app_label="portal", model=name).first()
        if kind is None:
            continue
        entries = dict(Entry.objects.filter(content_type=kind).values_list("object_id", "pk"))
        found = apps.get_model("portal", name).objects.filter(live=True)
        pages = found.values_list("pk", "path", "published_at", "rank" if name == "leaderpage" else NO_RANK)
        columns = dict(Page.objects.filter(depth__gt=1, numchild__gt=0).values_list("path", "pk"))
        lines = [
            Line(
                page_id=pk,
                column_id=columns[path[:-4]],
                kind=kind,
                year=timezone.localtime(published).year if published else 0,
                rank=NO_PRECEDENCE if rank is None else -rank,
                order=int(published.timestamp() * 1_000_000) if published else UNDATED,
                entry=entries.get(str(pk), -pk),
            )
            for pk, path, published, rank in pages
        ]
        Line.objects.bulk_create(lines, batch_size=100)


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0005_lines_and_stamp'),
        ('wagtailsearch', '0010_add_text_fields'),
    ]

    operations = [
        migrations.RunPython(write_lines, migrations.RunPython.noop, elidable=True),
    ]
