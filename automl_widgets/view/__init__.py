"""What people see: increments of a stored run, the widget, its static picture."""
