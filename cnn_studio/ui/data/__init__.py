"""The parts of the Data tab."""
