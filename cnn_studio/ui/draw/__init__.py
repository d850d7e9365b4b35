"""The parts of the Draw tab beside its canvas."""
