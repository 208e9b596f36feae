"""Controls for tests and people: faults, books, payments without a browser, accounts."""
