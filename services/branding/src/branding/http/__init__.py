"""Routes, the body of a PUT, and how a refusal is answered."""
