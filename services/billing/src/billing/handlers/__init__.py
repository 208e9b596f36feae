"""Command → load, decide, append: one transaction each, with the processor asked in between."""
