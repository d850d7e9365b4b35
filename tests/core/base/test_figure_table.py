"""Tables as other programs read them."""

import csv

import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.figure_table import Table, write_table

TABLE = Table("Birds", ("name", "share"), [("tit, great", 0.5), ('"owl"', None), ("=1+1", 3)])


def test_file_is_read_back_by_csv(tmp_path):
    path = tmp_path / "birds.csv"
    write_table(TABLE, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["name", "share"], ["tit, great", "0.5"], ['"owl"', ""], ["'=1+1", "3"]]


def test_names_that_are_formulas_are_not_run_by_a_spreadsheet():
    assert "\n=1+1" not in TABLE.text()
    assert TABLE.text("\t").splitlines()[1] == "tit, great\t0.5"


def test_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="Cannot write"):
        write_table(TABLE, tmp_path / "file" / "birds.csv")
