"""Extract: bytes of a legacy page → record. Pure: no network, no database; the same bytes give the same record."""

from migrate.extract.page import Extraction, Page
from migrate.extract.read import EXTRACTOR_VERSION, extract, read_data, recipe

__all__ = ["EXTRACTOR_VERSION", "Extraction", "Page", "extract", "read_data", "recipe"]
