"""The one door to Django. Nothing else in `migrate` starts it; it is imported inside functions only.

Stages see plain data and the small protocols of `intake`. `open_portal` must come first.
"""

from migrate.portal.door import (
    Built,
    NotBuilt,
    add_editor,
    build,
    has_database,
    is_built,
    known_sites,
    open_portal,
    require_built,
)
from migrate.portal.intake import (
    Intake,
    Rehearsal,
    RolledBack,
    columns_elsewhere,
    is_known,
    open_intake,
    rehearsal,
    roll_back,
    what_is_known,
)
from migrate.portal.old_urls import (
    LoadedMap,
    OldUrlLife,
    Rechecked,
    drafts,
    exported_redirects,
    keep_checks,
    life,
    load_redirects,
    new_urls,
    pages,
    recheck,
)
from migrate.portal.serving import serve_forever, serving
from migrate.portal.worklist import (
    Batch,
    DecisionLine,
    Open,
    add_log_hits,
    decide,
    logs_read,
    open_addresses,
    undo_decisions,
)

__all__ = [
    "Batch", "Built", "DecisionLine", "Intake", "LoadedMap", "NotBuilt", "OldUrlLife", "Open", "Rechecked",
    "Rehearsal", "RolledBack", "add_editor", "add_log_hits", "build", "columns_elsewhere", "decide", "drafts",
    "exported_redirects", "has_database", "is_built", "is_known", "keep_checks", "known_sites", "life",
    "load_redirects", "logs_read", "new_urls", "open_addresses", "open_intake", "open_portal", "pages", "recheck",
    "rehearsal", "require_built", "roll_back", "serve_forever", "serving", "undo_decisions", "what_is_known",
]  # fmt: skip
