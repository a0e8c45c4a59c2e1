"""Pictures are looked up by their file whenever somebody asks for one (cms_site.portal.pictures)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("legacy", "0009_what_checks_said"), ("wagtailimages", "0027_image_description")]

    operations = [
        migrations.RunSQL("CREATE INDEX image_file ON wagtailimages_image (file)", "DROP INDEX image_file"),
        migrations.RunSQL(
            "CREATE INDEX rendition_file ON wagtailimages_rendition (file)", "DROP INDEX rendition_file"
        ),
    ]
