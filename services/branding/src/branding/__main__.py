"""`python -m branding api | worker | migrate`."""

from chassis.process import main

from branding.service import SERVICE

main(SERVICE)
