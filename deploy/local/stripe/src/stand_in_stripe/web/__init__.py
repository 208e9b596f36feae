"""The pages: paying, the voucher, and what a developer sees and switches."""
