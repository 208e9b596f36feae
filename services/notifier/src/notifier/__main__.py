"""`python -m notifier api | worker | migrate`."""

from chassis.process.unconverted import main

from notifier.bootstrap import SERVICE

main(SERVICE)
