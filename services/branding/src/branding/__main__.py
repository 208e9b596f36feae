"""`python -m branding api | worker | migrate`."""

from chassis.process.unconverted import main

from branding.bootstrap import SERVICE

main(SERVICE)
