"""Corridor 2: look, plan, act. Stores first, the name last."""
