"""The stub's worker: it takes what the API queued where both can see it, once each."""

from sandbox.conceptlens import worker
from sandbox.conceptlens.behaviour import Behaviour
from tests.sandbox.conceptlens.conftest import Instructor


def queued(**settings):
    instructor = Instructor(queued=True, queue_backend="database", **settings)
    exam = instructor.exam()
    instructor.upload(f"{exam}/scores", "StudentID,QuestionID,Score\na,q1,1\nb,q1,0\nc,q1,1\n")
    instructor.upload(f"{exam}/mapping", "QuestionID,ConceptID\nq1,c1\n")
    return instructor, exam, instructor.read("POST", f"{exam}/compute", {})


def test_it_computes_what_was_queued(capsys):
    instructor, exam, answer = queued()
    desk = instructor.app.desk
    assert answer["status"] == "queued" and worker.take(desk, Behaviour())
    run = instructor.read("GET", f"{exam}/compute/runs")[0]
    assert (run["run_id"], run["status"]) == (answer["run_id"], "success") and run[
        "students_processed"
    ] > 0
    assert not worker.take(desk, Behaviour())
    assert f"run {answer['run_id']}: success" in capsys.readouterr().out


def test_two_workers_never_take_the_same_run():
    instructor, _, answer = queued()
    store = instructor.app.desk.store
    assert store.claim("run", status="queued", then="running")["run_id"] == answer["run_id"]
    assert store.claim("run", status="queued", then="running") is None


def test_a_run_that_cannot_be_computed_ends_as_failed():
    instructor, exam, _ = queued()
    desk = instructor.app.desk
    desk.store.drop("scores", exam.rpartition("/")[2])
    worker.take(desk, Behaviour())
    run = instructor.read("GET", f"{exam}/compute/runs")[0]
    assert run["status"] == "failed" and "No scores uploaded" in run["error_message"]
