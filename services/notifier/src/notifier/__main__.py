"""`python -m notifier api | worker | migrate`."""

from chassis.service import main

from notifier.bootstrap import SERVICE

main(SERVICE)
