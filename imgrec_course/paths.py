"""Where the course lies on this machine."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "lessons"
NOTEBOOKS = ROOT / "notebooks"
DATA = Path(os.environ.get("IMGREC_DATA") or ROOT / "data")
WORKING_COPY = ROOT / "my_course"
