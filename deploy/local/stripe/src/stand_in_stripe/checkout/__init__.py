"""What happens to a Checkout Session, from its creation to its end. Pure work on the books: no I/O else."""
