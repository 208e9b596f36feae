"""Command in, events and short-lived facts out: one module per use case, free functions."""
