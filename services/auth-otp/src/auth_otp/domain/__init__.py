"""What sign-in means: addresses, codes, limits, sessions. Pure: no I/O, no framework, no clock."""
