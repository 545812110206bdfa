"""The story for stakeholders, in five steps: `/story?step=3`, `/story?sweep=ID`."""

from pages.parts.story.choice import chosen
from pages.parts.story.stage import stage

stage(chosen)
