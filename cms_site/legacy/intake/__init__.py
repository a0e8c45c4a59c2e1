"""Import, the portal's side: entries become pages, documents, images and old URLs, batch by batch.

`migrate.importer` decides what to write and hands it over through `migrate.portal`; here it is written, each batch in
one transaction together with its receipt lines, so that `kill -9` leaves whole batches only.
"""
