"""What upstream answers where one would expect something else."""

import json

import pytest

from sandbox.conceptlens.behaviour import Behaviour
from tests.sandbox.conceptlens.conftest import MAPPING, SCORES, Instructor


def test_health_is_200_while_the_database_is_down(instructor):
    instructor.app = type(instructor.app)(instructor.app.desk, Behaviour("unhealthy"))
    reply = instructor.ask("GET", "/health")
    assert reply.status_code == 200
    assert json.loads(reply.data)["status"] == "degraded"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("StudentID,Score\na,1\n", "missing columns: QuestionID"),
        ("StudentID,QuestionID,Score\na,q,2\n", "between 0 and 1"),
        ("StudentID,QuestionID,Score\na,q,1\na,q,1\n", "duplicate row"),
        ("StudentID,QuestionID,Score\na,q,many\n", "not a number"),
        ("StudentID,QuestionID,Score\na,q,nan\n", "not a finite number"),
        ("StudentID,QuestionID,Score\n", "no rows"),
        ("studentid,QuestionID,Score\na,q,1\n", "missing columns: StudentID"),
    ],
)
def test_a_bad_upload_is_200_with_errors(instructor, content, words):
    answer = instructor.upload(f"{instructor.exam()}/scores", content)
    assert answer["status"] == "error"
    assert words in answer["errors"][0]["message"]


def test_health_takes_get_only(instructor):
    assert instructor.ask("HEAD", "/health").status_code == 405


def test_an_unknown_exam_has_no_runs_instead_of_404(instructor):
    nobody = "/api/v1/exams/00000000-0000-0000-0000-000000000000"
    assert instructor.read("GET", f"{nobody}/compute/runs") == []
    assert instructor.read("GET", f"{nobody}/interventions") == {"interventions": []}
    assert instructor.ask("GET", f"{nobody}/dashboard").status_code == 404
    assert instructor.ask("GET", "/api/v1/exams/one/dashboard").status_code == 422


def test_new_scores_drop_the_mapping(instructor):
    exam = instructor.computed()
    instructor.upload(f"{exam}/scores", SCORES)
    reply = instructor.ask("POST", f"{exam}/compute", {})
    assert reply.status_code == 400
    assert len(instructor.read("GET", f"{exam}/compute/runs")) == 1  # the failed run leaves no row


def test_every_question_must_be_mapped(instructor):
    exam = instructor.exam()
    instructor.upload(f"{exam}/scores", SCORES)
    assert (
        "Q6"
        in instructor.upload(f"{exam}/mapping", MAPPING.replace("Q6", "Q9"))["errors"][0]["message"]
    )


def test_a_token_that_is_no_uuid_is_an_error_500(instructor, capsys):
    assert instructor.ask("GET", "/api/v1/reports/x").status_code == 500
    assert "Traceback" in capsys.readouterr().err


def test_a_queued_run_stays_queued():
    instructor = Instructor(queued=True)
    exam = instructor.exam()
    assert instructor.read("POST", f"{exam}/compute", {})["status"] == "queued"
    assert instructor.read("GET", f"{exam}/compute/runs")[0]["status"] == "queued"
    assert (
        Instructor(queued=True, queue_backend="oci").ask("POST", f"{exam}/compute", {}).status_code
        == 404
    )


def test_a_missing_file_is_422(instructor):
    assert instructor.ask("POST", f"{instructor.exam()}/scores", b"").status_code == 422
