"""Shangyi: closes small government websites without losing anything. Importing this never imports Django."""

__version__ = "0.1.0"
