"""Plans and tables in spreadsheets: XLSX and CSV to scenario trees, and back."""
