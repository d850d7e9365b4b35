"""The parts that tabs are made of."""
