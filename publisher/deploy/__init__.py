"""Deploy a root: observe, plan, apply. Stores come first, the names last."""
