"""`python -m auth_otp api | worker | migrate`."""

from chassis.process import main

from auth_otp.service import SERVICE

main(SERVICE)
