"""The site as a visitor will get it, built anew and reloaded at every save."""
