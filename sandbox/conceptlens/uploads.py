"""Reads the two CSV formats that ConceptLens accepts."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

MAX_BYTES = 50 * 1024 * 1024
MAX_LINES = 500_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Score:
    """What one student earned on one question."""

    student: str
    question: str
    points: float
    out_of: float


@dataclass(frozen=True)
class Link:
    """How much one question says about one concept."""

    question: str
    concept: str
    weight: float


@dataclass(frozen=True)
class Problem(Exception):
    """What is wrong with a row, in the words the API answers with."""

    message: str
    field: str = ""
    row: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "field": self.field or None, "message": self.message}


def read_scores(content: bytes) -> tuple[list[Score], list[Problem]]:
    """Return the score rows, or what is wrong with them."""
    rows, problems = _read(content, ("StudentID", "QuestionID", "Score"), _score)
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=2):
        if (row.student, row.question) in seen:
            problems.append(
                Problem(
                    f"duplicate row for student {row.student}, question {row.question}",
                    "QuestionID",
                    number,
                )
            )
        seen.add((row.student, row.question))
    return rows, problems


def read_mapping(content: bytes, questions: set[str]) -> tuple[list[Link], list[Problem]]:
    """Return the links of the questions in the scores; rows of unknown questions are silently
    dropped, as upstream does.
    """
    rows, problems = _read(content, ("QuestionID", "ConceptID"), _link)
    missing = sorted(questions - {row.question for row in rows})
    if missing and not problems:
        problems.append(Problem(f"questions without a concept: {', '.join(missing[:10])}"))
    return [row for row in rows if row.question in questions], problems


def _read(
    content: bytes, required: tuple[str, ...], parse: Callable[[dict[str, str]], Row]
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        for number, record in enumerate(_records(content, required), start=2):
            try:
                rows.append(parse(record))
            except Problem as problem:
                problems.append(Problem(problem.message, problem.field, number))
    except Problem as problem:
        return [], [problem]
    if not rows and not problems:
        problems.append(Problem("the file has no rows"))
    return rows, problems


def _records(content: bytes, required: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if len(content) > MAX_BYTES:
        raise Problem("the file is larger than 50 MB")
    if content.count(b"\n") > MAX_LINES:
        raise Problem(f"the file has more than {MAX_LINES} lines")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        missing = [name for name in required if name not in (reader.fieldnames or [])]
        if missing:
            raise Problem(f"missing columns: {', '.join(missing)}")
        for record in reader:
            yield {
                name: (value or "").strip()
                for name, value in record.items()
                if isinstance(name, str)
            }
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"not a CSV file: {error}") from error


def _score(record: dict[str, str]) -> Score:
    out_of = _number(record, "MaxScore", 1.0)
    points = _number(record, "Score", None)
    if out_of <= 0:
        raise Problem("MaxScore must be above 0", "MaxScore")
    if not 0 <= points <= out_of:
        raise Problem(f"Score must lie between 0 and {out_of:g}", "Score")
    return Score(_text(record, "StudentID"), _text(record, "QuestionID"), points, out_of)


def _link(record: dict[str, str]) -> Link:
    weight = _number(record, "Weight", 1.0)
    if weight < 0:
        raise Problem("Weight must not be negative", "Weight")
    return Link(_text(record, "QuestionID"), _text(record, "ConceptID"), weight)


def _text(record: dict[str, str], field: str) -> str:
    if not record.get(field):
        raise Problem(f"{field} is empty", field)
    return record[field]


def _number(record: dict[str, str], field: str, default: float | None) -> float:
    text = record.get(field, "")
    if not text and default is not None:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise Problem(f"{field} is not a number: {text[:40]!r}", field) from error
    if value != value or value in (float("inf"), float("-inf")):
        raise Problem(f"{field} is not a finite number", field)
    return value
