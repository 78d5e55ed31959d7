"""Publish a folder of articles as a static site on IPFS, and name it by an ENS name."""

__version__ = "0.1.0"
