"""What every service's image adds to `portal`: dead letters, events, the outbox, the doctor.

Exit codes: 0 all is well, 1 something is wrong (the text says what), 2 the command was not understood.
"""
