"""Read and change the names that show a root, and encode their contenthash records."""
