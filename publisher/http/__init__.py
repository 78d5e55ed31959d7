"""Every request that leaves this machine: limits, retries, proxies, credentials, errors."""
