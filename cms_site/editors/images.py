"""Uploads of pictures: one that is cut short is refused with a message; Wagtail would answer with an error page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import UnidentifiedImageError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


class ImageField(WagtailImageField):
    """Wagtail's field for pictures."""

    def to_python(self, data: Any) -> Any:
        """Return the file. Raises ValidationError, also for what begins like a picture and is none."""
        try:
            return super().to_python(data)
        except (UnidentifiedImageError, OSError, EOFError) as error:
            raise ValidationError(self.error_messages["invalid_image"], code="invalid_image") from error


class ImageForm(BaseImageForm):
    """Wagtail's form for pictures, with our field."""

    file = ImageField(label=_("File"))
