"""What is derived from the classes and checked in: schemas, AsyncAPI, topics, manifests, the reference."""
