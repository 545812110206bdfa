"""A comparison to hand on: one HTML file that works without a network, or everything as files."""

from al_core.reporting.evidence import GOAL, summary
from al_core.reporting.files import bundle
from al_core.reporting.page import html
from al_core.reporting.subject import Subject, settings, subject_of

__all__ = ["GOAL", "Subject", "bundle", "html", "settings", "subject_of", "summary"]
