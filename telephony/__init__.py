"""Voice and text in, words out: Twilio's and Vapi's webhooks, the assistant's tools, the texts we send."""
