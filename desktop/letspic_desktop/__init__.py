"""The LetsPic desktop: library, fleet, retrieval and the app around them (Qt only inside ``ui``)."""

__version__ = "0.1.0"
