"""`python -m billing api | worker | migrate`."""

from chassis.process import main

from billing.service import SERVICE

main(SERVICE)
