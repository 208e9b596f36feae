"""`python -m branding api | worker | migrate`."""

from chassis.process.service import main

from branding.bootstrap import SERVICE

main(SERVICE)
