"""Making images of uint8 and labels of what files hold, whatever the file."""
