"""Look first: what a site is, from at most 200 of its pages, before anything is harvested."""

from migrate.harvest.survey.run import run_survey
from migrate.harvest.survey.types import Fetched, Reader, Survey, SurveyRun

__all__ = ["Fetched", "Reader", "Survey", "SurveyRun", "run_survey"]
