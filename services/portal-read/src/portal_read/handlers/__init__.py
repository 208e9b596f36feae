"""What changes the truth that portal-read keeps: requests of customers. Pages read, and have no handler."""
