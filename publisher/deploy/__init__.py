"""Deploy a root: observe the services, plan the steps, apply them. Stores come first, names last."""
