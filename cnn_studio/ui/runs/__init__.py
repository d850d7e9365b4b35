"""Parts of the Runs tab."""
