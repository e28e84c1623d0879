"""How a sector's weights came about: the `weighing` block of a sector's file.

Nothing in it decides a score: the weights do, and they stand beside the indicators.
"""

from __future__ import annotations

from credit_scoring.policy.reading import Strict


class Weighing(Strict):
    """The `weighing` block."""
