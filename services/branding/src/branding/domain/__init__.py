"""What a portal is: pure."""
