"""The watch over State Council notices: lists and pages of their sources, asked politely, kept in archives/policy/."""
