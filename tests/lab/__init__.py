"""A whole Windows-like network on loopback addresses, for tests: see README.md."""
from .lab import Lab

__all__ = ["Lab"]
