"""Reposted notices of the central portal and their clock: what is due, what was corrected, what can be proved."""
