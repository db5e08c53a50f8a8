"""The middle of the window: one place's photos with title, order, filters and results."""
