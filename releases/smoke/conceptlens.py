"""The smoke test that every environment starts with: ConceptLens' main path."""

from typing import Any

# the application cannot delete courses: one course with one exam is used again and again
SUBJECT = "Portal smoke test"
EXAM = "/api/v1/exams/$exam"

_ANSWERS = {"s1": "1111", "s2": "1101", "s3": "1001", "s4": "0110"}
SCORES = "StudentID,QuestionID,Score\n" + "".join(
    f"{student},q{number},{score}\n"
    for student, row in _ANSWERS.items()
    for number, score in enumerate(row, 1)
)
MAPPING = "QuestionID,ConceptID\nq1,fractions\nq2,fractions\nq3,ratios\nq4,ratios\n"


def _upload(name: str, filename: str, text: str, count: list[Any]) -> dict[str, Any]:
    """A refused upload answers 200 as well: the body says what became of it."""
    return {
        "name": f"{name} upload",
        "method": "POST",
        "path": f"{EXAM}/{name}",
        "auth": True,
        "body": {"kind": "multipart", "field": "file", "filename": filename, "text": text},
        "expect": [["status", "eq", "success"], count],
    }


STEPS: list[dict[str, Any]] = [
    {
        "name": "health, judged by its body",
        "method": "GET",
        "path": "/health",
        "expect": [["status", "eq", "healthy"], ["database", "eq", "connected"]],
    },
    {
        "name": "interface has the compute route",
        "method": "GET",
        "path": "/openapi.json",
        "expect": [[["paths", "/api/v1/exams/{exam_id}/compute"], "nonempty"]],
    },
    {
        "name": "refuses without credentials",
        "method": "GET",
        "path": "/api/v1/courses",
        "status": [401],
    },
    {
        "name": "finds the course",
        "method": "GET",
        "path": "/api/v1/courses",
        "auth": True,
        "select": {"where": {"name": SUBJECT}},
        "captures": {"course": "id"},
        "optional": True,
    },
    {
        "name": "creates the course",
        "unless": "course",
        "method": "POST",
        "path": "/api/v1/courses",
        "auth": True,
        "body": {"kind": "json", "json": {"name": SUBJECT}},
        "status": [201],
        "captures": {"course": "id"},
    },
    {
        "name": "finds the exam",
        "method": "GET",
        "path": "/api/v1/courses/$course/exams",
        "auth": True,
        "select": {"where": {"name": SUBJECT}},
        "captures": {"exam": "id"},
        "optional": True,
    },
    {
        "name": "creates the exam",
        "unless": "exam",
        "method": "POST",
        "path": "/api/v1/courses/$course/exams",
        "auth": True,
        "body": {"kind": "json", "json": {"name": SUBJECT}},
        "status": [201],
        "captures": {"exam": "id"},
    },
    _upload("scores", "scores.csv", SCORES, ["row_count", "eq", 16]),
    _upload("mapping", "mapping.csv", MAPPING, ["concept_count", "eq", 2]),
    {
        "name": "starts a computation",
        "method": "POST",
        "path": f"{EXAM}/compute",
        "auth": True,
        "body": {"kind": "json", "json": {}},
        "expect": [["status", "in", ["success", "queued"]]],
        "captures": {"run": "run_id"},
        "timeout_seconds": 15,
    },
    {
        "name": "computation ends well",
        "method": "GET",
        "path": f"{EXAM}/compute/runs",
        "auth": True,
        "select": {"where": {"run_id": "$run"}},
        "poll": {
            "until": ["status", "in", ["success", "failed"]],
            "interval_ms": 500,
            "deadline_seconds": 30,
        },
        "expect": [
            ["status", "eq", "success"],
            ["students_processed", "eq", 4],
            ["concepts_processed", "eq", 2],
        ],
    },
    {
        "name": "dashboard has aggregates",
        "method": "GET",
        "path": f"{EXAM}/dashboard",
        "auth": True,
        "expect": [["aggregates", "length", 2], ["heatmap", "nonempty"]],
    },
    {
        "name": "interventions",
        "method": "GET",
        "path": f"{EXAM}/interventions",
        "auth": True,
        "expect": [["interventions", "nonempty"]],
    },
    {
        "name": "students",
        "method": "GET",
        "path": f"{EXAM}/students",
        "auth": True,
        "expect": [["students", "length", 4]],
        "captures": {"student": "students.0.student_id"},
    },
    {
        "name": "report of a student",
        "method": "GET",
        "path": f"{EXAM}/students/$student/report",
        "auth": True,
        "expect": [["student_id", "eq", "$student"], ["readiness", "nonempty"]],
    },
    {
        "name": "report links",
        "method": "GET",
        "path": f"{EXAM}/reports/tokens",
        "auth": True,
        "expect": [["tokens", "length", 4]],
        "captures": {"link": "tokens.0.token"},
    },
    {
        "name": "report by link, without credentials",
        "method": "GET",
        "path": "/api/v1/reports/$link",
        "expect": [["readiness", "nonempty"]],
    },
]
