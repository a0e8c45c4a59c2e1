"""Entry → portal: decides what to write and hands it over in batches. The portal's side: `cms_site.legacy.intake`.

Order matters: files first, then empty pages, then old URLs, then the pages' content, so that every link in a body
finds what its target became. Each batch is one transaction; what was interrupted goes on with the same command.
"""

from migrate.importer.plan import Action, ImportOptions, Plan
from migrate.importer.rehearse import Planned, rehearse
from migrate.importer.run import ImportSummary, import_entries

__all__ = ["Action", "ImportOptions", "ImportSummary", "Plan", "Planned", "import_entries", "rehearse"]
