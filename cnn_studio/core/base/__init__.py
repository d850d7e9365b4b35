"""What everything else stands on: errors, whole files, locks, settings, tables, ticks."""
