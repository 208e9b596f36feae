"""What it costs and how fast it is, measured against the running stack. `python -m bench` runs all of it."""
