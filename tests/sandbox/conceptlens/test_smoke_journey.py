"""The journey of the smoke test: from a course to a downloaded export."""

import io
import json
import zipfile

from tests.sandbox.conceptlens.conftest import MAPPING, SCORES


def test_it_computes_what_was_uploaded(instructor):
    exam = instructor.exam()
    assert instructor.upload(f"{exam}/scores", SCORES)["row_count"] == 72
    assert instructor.upload(f"{exam}/mapping", MAPPING)["concept_count"] == 4
    run = instructor.read("POST", f"{exam}/compute", {})
    assert (run["status"], run["students_processed"], run["concepts_processed"]) == (
        "success",
        12,
        4,
    )
    assert instructor.read("GET", f"{exam}/compute/runs")[0]["run_id"] == run["run_id"]


def test_it_shows_results_only_after_a_run(instructor):
    exam = instructor.exam()
    assert instructor.read("GET", f"{exam}/dashboard") == {
        "heatmap": [],
        "alerts": [],
        "aggregates": [],
    }
    exam = instructor.computed()
    shown = instructor.read("GET", f"{exam}/dashboard")
    assert (len(shown["aggregates"]), len(shown["heatmap"])) == (4, 20)
    assert len(instructor.read("GET", f"{exam}/dashboard?concept_id=limits")["aggregates"]) == 1
    assert instructor.read("GET", f"{exam}/interventions")["interventions"]
    assert instructor.read("GET", f"{exam}/clusters")["clusters"]
    assert instructor.read("GET", f"{exam}/dashboard/trace/limits")["downstream"]


def test_it_computes_the_same_from_the_same_input(instructor):
    first, second = instructor.computed(), instructor.computed()
    assert instructor.read("GET", f"{first}/dashboard") == instructor.read(
        "GET", f"{second}/dashboard"
    )


def test_it_reports_to_a_student_by_token_without_credentials(instructor):
    exam = instructor.computed()
    student = instructor.read("GET", f"{exam}/students")["students"][0]["student_id"]
    report = instructor.read("GET", f"{exam}/students/{student}/report")
    assert report["student_id"] == student and report["readiness"]
    token = instructor.read("GET", f"{exam}/reports/tokens")["tokens"][0]
    assert instructor.read("GET", f"{exam}/reports/tokens")["tokens"][0] == token
    assert instructor.read("GET", f"/api/v1/reports/{token['token']}") == report
    assert (
        instructor.ask("GET", "/api/v1/reports/00000000-0000-0000-0000-000000000000").status_code
        == 404
    )


def test_it_exports_a_zip(instructor):
    exam = instructor.computed()
    export = instructor.read("POST", f"{exam}/export", {})
    assert export["status"] == "ready"
    reply = instructor.ask("GET", f"{exam}/export/{export['id']}/download")
    assert reply.mimetype == "application/zip"
    assert "readiness" in json.loads(zipfile.ZipFile(io.BytesIO(reply.data)).read("results.json"))


def test_parameters_change_the_outcome(instructor):
    exam = instructor.computed()
    before = instructor.read("GET", f"{exam}/dashboard")["aggregates"]
    assert instructor.read("PUT", f"{exam}/parameters", {"threshold": 0.9})["threshold"] == 0.9
    instructor.read("POST", f"{exam}/compute", {})
    after = instructor.read("GET", f"{exam}/dashboard")["aggregates"]
    assert sum(row["below_threshold_count"] for row in after) > sum(
        row["below_threshold_count"] for row in before
    )
    assert instructor.ask("PUT", f"{exam}/parameters", {"k": 1}).status_code == 422
