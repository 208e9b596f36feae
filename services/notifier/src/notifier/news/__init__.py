"""News: what happened to a customer becomes messages to the contacts whom it concerns."""
