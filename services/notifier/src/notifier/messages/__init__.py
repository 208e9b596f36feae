"""What messages say: one folder a kind, with subject, html, text and sms; words in `locale/`."""
