"""The window. It shows what the operations do and holds no rule of its own."""
