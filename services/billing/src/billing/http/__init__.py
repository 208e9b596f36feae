"""Routes, the fields of a checkout, and how a refusal is answered."""
