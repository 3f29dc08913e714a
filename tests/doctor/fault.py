"""A row of the matrix: one fault, and what the doctor must make of it."""
from dataclasses import dataclass


@dataclass
class Row:
    """`check`: the id of the first cause, or of the warning; several with "|" between them, where
    more than one has it right; `words` stand in what it says or shows;
    `remedy` does what is printed (place.py); None: there is none that anybody could run here."""
    what: str
    check: str
    seed: object
    words: tuple = ()
    remedy: object = None
    user: str = None        # None: somebody of the row's own
    asks: str = None        # the name the doctor is given, if it is another
    outcome: str = "fail"
    works: object = False   # whether a request does before the remedy; None: now and then
    mends: bool = True      # whether the seed knows how its remedy is made
