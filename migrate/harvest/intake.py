"""`harvest --from`: what an old site left elsewhere becomes WARC files and rows of our own, as if just harvested.

Nothing is asked of the old site. An answer is taken where the ledger has none as good: a whole page stands against any
failure, and of two the newer one. So the same source can be given twice, and an old backup after a fresh harvest.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.archive.warc import iso, payload_digest
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.harvest import captures
from migrate.harvest.aside import aside
from migrate.harvest.captures import Capture
from migrate.harvest.lock import harvest_lock
from migrate.harvest.pages import PageReader
from migrate.harvest.reader import Reader
from migrate.harvest.scope import Scope
from migrate.harvest.sources import Answer, Source, open_source
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import form_key
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress
from migrate.http import Response
from migrate.http.robots import Robots
from migrate.i18n import _
from migrate.urls import canonical
