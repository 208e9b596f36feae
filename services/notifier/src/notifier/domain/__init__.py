"""What is delivered, what messages tell about, and to whom: pure."""
