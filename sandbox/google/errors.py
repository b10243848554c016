"""Google's error envelope, and the errors that are said in more than one place."""

from typing import Any

from aiohttp import web

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    410: "NOT_FOUND",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


class GoogleError(Exception):
    def __init__(self, status: int, reason: str, message: str, *, domain: str = "global", location: str | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.domain, self.location = status, reason, message, domain, location

    def response(self) -> web.Response:
        detail: dict[str, Any] = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location is not None:
            header = self.location in ("Authorization", "If-Match")
            detail |= {"locationType": "header" if header else "parameter", "location": self.location}
        error: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [detail]}
        if self.status in STATUS_NAMES:
            error["status"] = STATUS_NAMES[self.status]
        headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if self.status == 401 else None
        return web.json_response({"error": error}, status=self.status, headers=headers)


def invalid(message: str, *, location: str | None = None, reason: str = "invalid") -> GoogleError:
    return GoogleError(400, reason, message, location=location)


def required(message: str) -> GoogleError:
    return GoogleError(400, "required", message)


def forbidden(message: str = "Forbidden", reason: str = "forbidden") -> GoogleError:
    return GoogleError(403, reason, message)


def not_found() -> GoogleError:
    return GoogleError(404, "notFound", "Not Found")


def for_status(status: int) -> GoogleError:
    """What Google says when it fails without our doing anything wrong."""
    match status:
        case 401:
            return GoogleError(401, "authError", "Invalid Credentials", location="Authorization")
        case 403 | 429:
            return GoogleError(status, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
        case 404:
            return not_found()
        case 410:
            return full_sync_required()
        case 412:
            return GoogleError(412, "conditionNotMet", "Precondition Failed", location="If-Match")
        case 500:
            return GoogleError(500, "backendError", "Backend Error")
        case _ if status >= 500:
            return GoogleError(status, "backendError", "The service is currently unavailable.")
        case _:
            return GoogleError(status, "invalid", "Bad Request")


def full_sync_required() -> GoogleError:
    return GoogleError(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        domain="calendar",
        location="syncToken",
    )
