"""Money that goes back after a payment: refunds and disputes. Pure work on the books: no I/O else."""
