"""What people do with data before they train: check it, count it, convert it. Imports no torch."""
