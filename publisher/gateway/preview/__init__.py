"""The preview: the site as a visitor will get it, built and reloaded on every save."""
