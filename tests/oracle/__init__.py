"""The rule book once more, slowly: a score computed record by record, straight from `configs/README.md`.

Nothing here is shared with the package. Dates are `datetime.date`, numbers are `Fraction`, a policy is its
YAML text as it stands. Every function quotes the sentence of the rule book it carries out.
"""
