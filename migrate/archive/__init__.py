"""WARC in and out, and the ledger: every byte, every URL, why."""
