"""Settings: base, dev, production, test."""
