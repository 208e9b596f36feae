"""`python -m billing api | worker | migrate`."""

from chassis.process.service import main

from billing.bootstrap import SERVICE

main(SERVICE)
