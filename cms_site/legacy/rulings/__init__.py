"""What a ruling on an old URL may say, and what it does at once: the one way in which decisions are written.

A form, a file, marks in a list and a page that goes all end here. A decision is laid over the entries by every import;
what needs none of their content (redirected, archived, gone, undecided) answers visitors from now on.
"""

from cms_site.legacy.rulings.history import told_ruling
from cms_site.legacy.rulings.judge import Judge, known, leads_elsewhere
from cms_site.legacy.rulings.revoking import revoke, take_away
from cms_site.legacy.rulings.saying import CHUNK, OUTCOMES, Refused, Ruling
from cms_site.legacy.rulings.writing import Done, decision_data, write

__all__ = [
    "CHUNK", "OUTCOMES", "Done", "Judge", "Refused", "Ruling", "decision_data", "known", "leads_elsewhere", "revoke",
    "take_away", "told_ruling", "write",
]  # fmt: skip
