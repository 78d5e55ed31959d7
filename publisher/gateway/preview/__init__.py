"""The preview shows a site as visitors will get it. It builds the site and reloads the browser at every save."""
