"""The panel of the dashboard: what is due within the next hours, red when it is late, and what else waits."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cms_site.editors.panels import Figure, Panel
from cms_site.policy.models import Correction, LastRound, Likeness
from cms_site.policy.policies import may_look
from cms_site.policy.standing import STATES, open_notices

SOON = timedelta(hours=24)
SILENT = timedelta(hours=3)
"""So long without a sync, and whoever minds the machine should look: even `--watch` makes one an hour at least."""
_SHOWN = 8


class DuePanel(Panel):
    """Notices that are due within a day or overdue; corrections and candidates that wait; trouble with sources."""

    name = "policy"
    template_name = "policy/panel.html"
    order = 205

    @property
    def allowed(self) -> bool:
        """Those who sit at the desk."""
        return may_look(self.request.user)

    def context(self) -> dict[str, Any] | None:
        """Return the figures, and the notices that are most urgent."""
        now = timezone.now()
        rows = list(open_notices(now, SOON).defer("text"))
        overdue = sum(row.due < now for row in rows)
        corrections = Correction.objects.filter(state=Correction.State.OPEN).count()
        candidates = Likeness.objects.filter(verdict=Likeness.Verdict.OPEN).count()
        desk = reverse("policy_desk:index")
        figures = [
            Figure(overdue, _("overdue"), f"{desk}?state=overdue", grave=bool(overdue)),
            Figure(len(rows) - overdue, _("due within 24 hours"), f"{desk}?state=todo"),
            Figure(corrections, _("corrections waiting"), f"{desk}?state=corrections", grave=bool(corrections)),
            Figure(candidates, _("candidates to rule on"), f"{desk}?state=candidates"),
        ]
        for row in rows:
            row.told, row.overdue = STATES[row.state], row.due < now
        last = LastRound.objects.first()
        troubles = last.findings if last is not None else []
        silent = last is not None and last.ended_at < now - SILENT
        found = {
            "figures": figures, "rows": rows[:_SHOWN], "desk": desk,
            "last": last, "silent": silent, "troubles": troubles[:_SHOWN], "more": len(troubles) - _SHOWN,
        }  # fmt: skip
        return found if rows or corrections or candidates or troubles or silent else None
