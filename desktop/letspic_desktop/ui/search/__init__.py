"""Search by example in the window: asking, results, marks and history."""
