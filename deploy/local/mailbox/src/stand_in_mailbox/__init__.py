"""A mailbox and a phone on one page: takes every mail and SMS of the local stack, sends none on.

Its JSON has the shape of Mailpit's API v1, and SMS come in as at Twilio. Both for development only.
"""
