"""`python -m notifier api | worker | migrate`."""

from chassis.process import main

from notifier.service import SERVICE

main(SERVICE)
