"""Groups and devices: their cards, what can be done with them, and joining another desktop."""
