"""`harvest --from`: what an old site left elsewhere becomes WARC files and rows of our own, as if just harvested.

Nothing is asked of the old site. An answer is taken where the ledger has none as good: a whole page stands against any
failure, and of two the newer one. So the same source can be given twice, and an old backup after a fresh harvest.
"""
