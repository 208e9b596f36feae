"""Who does things: publishers, visitors, payers, a customer who is erased, an author of events."""
