"""The left side: where a person can go."""
