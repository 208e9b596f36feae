"""What the front door promises, proved across services; `breaks` holds the faults that turn tests red."""
