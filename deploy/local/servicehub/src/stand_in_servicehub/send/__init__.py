"""The command: each action as `send <action>`, by the running simulator's JSON API."""
