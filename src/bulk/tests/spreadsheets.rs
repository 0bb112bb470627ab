//! Spreadsheets that another program has made (`tests/requests/make.py`, by openpyxl), and hostile ones.
