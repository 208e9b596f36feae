"""Every statement on sign-in's own tables."""
