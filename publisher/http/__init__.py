"""Send the requests that leave this machine, with limits, retries, proxies and credentials."""
