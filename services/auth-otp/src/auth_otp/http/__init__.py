"""Routes, the cookies of a browser, and how a refusal is answered."""
