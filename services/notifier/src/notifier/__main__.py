"""`python -m notifier api | worker | migrate`."""

from chassis.process.service import main

from notifier.bootstrap import SERVICE

main(SERVICE)
