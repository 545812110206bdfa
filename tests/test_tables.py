from __future__ import annotations

import io

import pandas as pd
import pytest

from al_core.tables import to_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell):
    back = pd.read_csv(io.BytesIO(to_csv(pd.DataFrame({"text": [cell], "=n": [1]}))), keep_default_na=False)
    assert back.columns.tolist() == ["text", "'=n"]
    assert back["text"][0][0] == "'"


def test_numbers_and_other_texts_stay():
    frame = pd.DataFrame({"n": [-1.5, 2], "text": ["a,b", 'say "x"\nnew line']})
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(to_csv(frame))), frame, check_dtype=False)
