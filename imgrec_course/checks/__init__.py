"""What a lesson says about itself (``claim``) and about the learner's answers (``check``)."""

from imgrec_course.checks.claims import ClaimError, claim, measured
from imgrec_course.checks.exercises import check

__all__ = ["ClaimError", "check", "claim", "measured"]
