"""`portal payments`: payments that are being checked, for operators."""
