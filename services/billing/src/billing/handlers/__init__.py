"""One file for each sentence of the README."""
