"""Tests of everything together: README.md says where what lies."""
