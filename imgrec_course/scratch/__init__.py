"""NumPy versions of what the lessons teach, shown in the lessons as they stand here."""
