"""Twilio's error body and the codes served here, with the words of its error dictionary."""

from aiohttp import web

CODES = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20001: (400, "Invalid parameter"),
    21205: (400, "Url is not a valid URL"),
    21201: (400, "No 'To' number specified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "The 'From' number is not a valid phone number"),
    21213: (400, "A 'From' phone number is required to make a call"),
    21218: (400, "Only one of 'Url' and 'Twiml' may be given"),
    21220: (400, "Unable to update record. Call is not in-progress. Cannot redirect."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required to send a message."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid message-capable number of this account."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30409: (409, "The message cannot be canceled: it is not scheduled."),
    35114: (400, "SendAt must be between 300 seconds and 35 days in the future"),
    35117: (400, "SendAt is missing or not a time"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
}


class TwilioError(Exception):
    def __init__(self, code: int, message: str | None = None) -> None:
        self.status, default = CODES[code]
        self.code, self.message = code, message or default
        super().__init__(self.message)

    def response(self) -> web.Response:
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None
        return web.json_response(body, status=self.status, headers=headers)
