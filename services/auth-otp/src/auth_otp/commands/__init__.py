"""`portal auth`: sign-in, for operators."""
