"""The data sets, how they are split, and arrays larger than memory."""
