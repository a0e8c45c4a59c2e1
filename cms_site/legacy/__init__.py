"""OldSite, OldUrl, receipts; answers for old hosts; archived pages; the admin for all of it."""
