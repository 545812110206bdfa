"""A sweep told in five steps: what labels cost, what random gives, what asking gives, errors, savings."""

from al_core.story.record import Story
from al_core.story.savings import Prices
from al_core.story.scenes import COUNT, Scene, caution, caveats, scene, scenes

__all__ = ["COUNT", "Prices", "Scene", "Story", "caution", "caveats", "scene", "scenes"]
