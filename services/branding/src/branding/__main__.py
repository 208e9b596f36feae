"""`python -m branding api | worker | migrate`."""

from chassis.service import main

from branding.bootstrap import SERVICE

main(SERVICE)
