"""`python -m portal_read api | worker | migrate`."""

from chassis.process.unconverted import main

from portal_read.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
