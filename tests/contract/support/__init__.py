"""The manifests as rendered, foreign judges of JSON, a recorded day, the house in figures."""
