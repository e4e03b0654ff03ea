"""Facts, then pages: cohort report, patient pages, index, TRIPOD+AI tables and model card."""

from nxpredict.report._batch_facts import INDEX_FACTS, batch_facts, page_name
from nxpredict.report._cohort_facts import cohort_facts
from nxpredict.report._figure_files import figure_files
from nxpredict.report._knowledge import untested
from nxpredict.report._paper_tables import PaperTable, paper_tables
from nxpredict.report._patient_facts import patient_facts
from nxpredict.report._plan_facts import plan_facts
from nxpredict.report._render import (
    render_batch_index,
    render_cohort_report,
    render_model_card,
    render_patient_page,
    render_plan_report,
    render_scores_page,
    render_tables,
    render_validation_report,
)
from nxpredict.report._scores_facts import scores_facts
from nxpredict.report._tripod import TripodItem, tripod_csv, tripod_markdown, tripod_table
from nxpredict.report._validation_facts import validation_facts
from nxpredict.report._values import predictor_labels, predictor_units

__all__ = [
    "INDEX_FACTS",
    "PaperTable",
    "TripodItem",
    "batch_facts",
    "cohort_facts",
    "figure_files",
    "page_name",
    "paper_tables",
    "patient_facts",
    "plan_facts",
    "predictor_labels",
    "predictor_units",
    "render_batch_index",
    "render_cohort_report",
    "render_model_card",
    "render_patient_page",
    "render_plan_report",
    "render_scores_page",
    "render_tables",
    "render_validation_report",
    "scores_facts",
    "tripod_csv",
    "tripod_markdown",
    "tripod_table",
    "untested",
    "validation_facts",
]
