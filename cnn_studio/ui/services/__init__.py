"""What the tabs share: the engine, the recipe at work, the models, work off the GUI thread."""
