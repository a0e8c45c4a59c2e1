"""The Wagtail project: what citizens see and editors keep."""
