"""The page's process stays free of training frameworks, whatever is visited and started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VISIT = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest

at = AppTest.from_file(Path("pages/shell.py").resolve(), default_timeout=60).run()
assert at.title and not at.exception
for page in ("data", "experiment", "runs", "home"):
    at.switch_page(str(Path(f"pages/{page}.py").resolve())).run()
    assert at.title and not at.exception, (page, at.exception)
at.button(key="run-demo").click().run()
assert at.title[0].value.startswith("Demo") and not at.exception
run_id = at.query_params["run"]
run_id = run_id[0] if isinstance(run_id, list) else run_id
for tab in ("Errors", "Calibration", "Queried texts", "Settings and log"):
    at.query_params["show"] = tab
    at.run()
    assert not at.exception
from al_core.workbench import Workbench
bench = Workbench()
bench.cancel(run_id)
heavy = {"tensorflow", "keras", "jax", "torch", "tensorflow_datasets"} & set(sys.modules)
assert not heavy, heavy
print("clean")
"""


def test_the_page_process_imports_no_training_framework(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", VISIT],
        cwd=ROOT,
        env=os.environ | {"AL_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("clean")
