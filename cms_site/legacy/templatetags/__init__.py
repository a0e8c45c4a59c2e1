"""Template filters of the screens for old addresses."""
