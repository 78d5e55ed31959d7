"""All requests that leave this machine: limits, retries, proxies, credentials, errors."""
