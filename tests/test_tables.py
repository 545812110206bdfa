from __future__ import annotations

import io

import pandas as pd
import pytest

from al_core.tables import flat, to_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell):
    back = pd.read_csv(io.BytesIO(to_csv(pd.DataFrame({"text": [cell], "=n": [1]}))), keep_default_na=False)
    assert back.columns.tolist() == ["text", "'=n"]
    assert back["text"][0][0] == "'"


def test_numbers_and_other_texts_stay():
    frame = pd.DataFrame({"n": [-1.5, 2], "text": ["a,b", 'say "x"\nnew line']})
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(to_csv(frame))), frame, check_dtype=False)


def test_a_flat_table_has_no_lists():
    frame = pd.DataFrame({"round": [0, 1], "confusion": [None, [[1, 0], [0, 1]]], "reason": ["", "x"]})
    assert list(flat(frame)) == ["round", "reason"]
    assert flat(frame.iloc[:0]).empty
