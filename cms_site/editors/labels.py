"""Labels that Wagtail's own admin lacks: without one, Django and Wagtail make it of the field's English name."""

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


def label() -> None:
    """Give each its label. What it says of models changes none: migrations compare other words."""
    from wagtail.admin.forms import choosers
    from wagtail.admin.forms.workflows import WorkflowPageForm
    from wagtail.models import Comment, CommentReply, Page, Site
    from wagtail.sites.views import IndexView as Sites
    from wagtail.users.forms import PagePermissionsForm
    from wagtail.users.views.bulk_actions.assign_role import RoleForm

    links = (
        choosers.ExternalLinkChooserForm, choosers.AnchorLinkChooserForm, choosers.EmailLinkChooserForm,
        choosers.PhoneLinkChooserForm,
    )  # fmt: skip
    fields = {form.base_fields["link_text"]: _("Text") for form in links}
    fields |= {form.base_fields["page"]: Page._meta.verbose_name for form in (WorkflowPageForm, PagePermissionsForm)}
    email = choosers.EmailLinkChooserForm.base_fields
    fields |= {email["email_address"]: _("Email"), email["subject"]: _("Title"), email["body"]: _("body")}
    fields |= {
        choosers.PhoneLinkChooserForm.base_fields["phone_number"]: _("telephone"),
        RoleForm.base_fields["role"]: _("role"),
    }
    for field, text in fields.items():
        field.label = text
    for column in Sites.columns:
        if column.name in ("port", "site_name", "root_page"):
            column.label = capfirst(Site._meta.get_field(column.name).verbose_name)
    for model in (Comment, CommentReply):
        model._meta.get_field("user").verbose_name = _("user")
