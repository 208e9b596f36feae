"""`portal domains`: the domains of businesses, for operators."""
