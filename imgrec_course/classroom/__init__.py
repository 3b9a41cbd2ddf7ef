"""For those who teach with the course: editions for a class, and grading of what comes back."""
