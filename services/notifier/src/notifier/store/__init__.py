"""Every statement on the tables of this service: deliveries, notifications, contacts."""
