"""The LetsPic device runtime: a small program that must run for years unattended on a 512 MB board."""

__version__ = "0.1.0"
