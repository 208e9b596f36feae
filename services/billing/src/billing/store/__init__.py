"""Every SQL statement on billing's own tables."""
