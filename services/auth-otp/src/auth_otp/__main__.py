"""python -m auth_otp api | worker | migrate"""

from chassis.service import main

from auth_otp.bootstrap import SERVICE

main(SERVICE)
