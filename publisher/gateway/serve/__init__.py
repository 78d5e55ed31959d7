"""Serve the gateway on a port with uvicorn, with threads that read blocks and with limits for each visitor."""
