"""What must hold: the ledger of what was promised, what is stored, and the comparison of the two."""
