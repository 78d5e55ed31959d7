"""The gateway on a port: uvicorn, reading threads, and limits for each visitor."""
