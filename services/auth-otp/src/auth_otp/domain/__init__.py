"""What sign-in is: addresses, codes, challenges, sessions, and what is decided about them. Pure."""
