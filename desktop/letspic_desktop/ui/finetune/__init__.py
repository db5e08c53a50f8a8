"""The right side: start fine-tuning, watch it, and see what it brought."""
