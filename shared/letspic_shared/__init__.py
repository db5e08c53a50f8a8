"""Protocol and last-layer mathematics that both ends of a LetsPic group must agree on.

Everything here is pure: no sockets, no threads, no global state. It imports the standard library and NumPy;
only ``photo`` imports Pillow, and only when one of its functions is called.
"""

__version__ = "0.1.0"
