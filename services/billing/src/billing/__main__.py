"""`python -m billing api | worker | migrate`."""

from chassis.process.unconverted import main

from billing.bootstrap import SERVICE

main(SERVICE)
