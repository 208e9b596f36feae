"""A stand-in for ServiceHub core: two demo businesses, a page to make things happen, events on real Kafka.

It is the only publisher of the `servicehub.*` topics on this machine, and it sets the portals up over
branding's HTTP.
"""
