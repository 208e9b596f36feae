"""For tests only: sample events, and hypothesis strategies (extra `testing`)."""
