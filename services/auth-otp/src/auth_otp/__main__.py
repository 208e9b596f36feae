"""python -m auth_otp api | worker | migrate"""

from chassis.process.unconverted import main

from auth_otp.bootstrap import SERVICE

main(SERVICE)
