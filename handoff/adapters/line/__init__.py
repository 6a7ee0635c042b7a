"""LINE's Messaging API: reading webhooks, sending replies and pushes."""
