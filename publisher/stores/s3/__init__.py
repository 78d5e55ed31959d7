"""Send requests of the S3 interface, for stores that keep objects in a bucket."""
