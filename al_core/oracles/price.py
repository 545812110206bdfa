"""What every oracle may charge."""

from __future__ import annotations

from al_core.registry import Parameter

PRICE = Parameter("price", "Price per answer", "In any unit; initial labels cost the same.", 0.0, 0.0)
