"""The window around the tabs: composition, closing, tray, single instance."""
