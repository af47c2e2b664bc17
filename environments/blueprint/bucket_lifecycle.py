"""What Object Storage clears away by itself: the lifecycle rules of a bucket."""

from typing import Any


def rules(*, versioned: bool, days: int, cheaper: int = 0) -> list[dict[str, Any]]:
    """Return the lifecycle rules of a bucket.

    `days` is how long its objects are kept, `cheaper` after how many they move to the tier of infrequent access; 0 is never.
    """
    wanted = [("abort-uploads", "ABORT", "multipart-uploads", 7)]
    wanted += [("delete-previous-versions", "DELETE", "previous-object-versions", 30)] if versioned else []
    wanted += [("move-objects", "INFREQUENT_ACCESS", "objects", cheaper)] if cheaper else []
    wanted += [("delete-objects", "DELETE", "objects", days)] if days else []
    return [
        {"name": name, "action": action, "target": target, "timeAmount": amount, "timeUnit": "DAYS", "isEnabled": True}
        for name, action, target, amount in wanted
    ]
