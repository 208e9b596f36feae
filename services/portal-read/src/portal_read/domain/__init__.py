"""The rules of what portal-read decides itself: what customers ask of the business. Pure."""
