"""`python -m portal_read api | worker | migrate`."""

from chassis.process import main

from portal_read.service import SERVICE

main(SERVICE)
