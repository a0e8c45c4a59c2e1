"""An old site full of what servers do wrong, with what must come of each: for tests and rehearsals of a harvest."""

from migrate.demo.traps.site import ALIAS, HOST, TrapSite, Truth, page, trap_site
from migrate.demo.traps.wire import TrapServer, Wire, say

__all__ = ["ALIAS", "HOST", "TrapServer", "TrapSite", "Truth", "Wire", "page", "say", "trap_site"]
