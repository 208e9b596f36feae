"""What runs: the stormy stack with its broker, and replicas of one service's relay."""
