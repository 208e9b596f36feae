"""What billing decides, pure: how much is paid for what, and what becomes of a payment."""
