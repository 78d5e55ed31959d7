"""Answer HTTP requests from blocks, as the specifications of IPFS gateways say."""
