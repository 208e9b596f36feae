"""What goes wrong: signals to processes, outages of the broker, failures at Stripe, a lock that is held."""
