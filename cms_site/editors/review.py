"""The end of 三审三校."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Wagtail loads this module in the midst of its models
    from django.contrib.auth.base_user import AbstractBaseUser
    from wagtail.models import WorkflowState


def publish(workflow_state: "WorkflowState", user: "AbstractBaseUser | None" = None) -> None:
    """Publish what passed the last review. Whoever approved it needs no right to publish anything else."""
    workflow_state.content_object.get_latest_revision().publish(user=user, skip_permission_checks=True)
