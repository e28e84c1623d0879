"""What a release would change for everyone: two scorecards over the same tables, compared subject by subject."""

from credit_scoring.releases.impact.contents import Impact
from credit_scoring.releases.impact.limits import impact_checks
from credit_scoring.releases.impact.sides import Side, side_of
from credit_scoring.releases.impact.simulating import simulate, simulate_to_folder

__all__ = ["Impact", "Side", "impact_checks", "side_of", "simulate", "simulate_to_folder"]
