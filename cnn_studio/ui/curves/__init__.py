"""The curves of trainings: accuracy and loss over the epochs, live, overlaid, as a table, as files."""
