"""Every event there is: one module per aggregate, one state class each, and an empty subclass per event."""
