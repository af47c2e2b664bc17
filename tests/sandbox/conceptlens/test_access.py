"""Credentials, request ids and CORS."""

import json

import pytest

from tests.sandbox.conceptlens.conftest import Instructor


def test_outside_production_even_a_wrong_password_passes(instructor):
    instructor.sign_in("admin", "wrong")
    assert instructor.ask("GET", "/api/v1/courses").status_code == 200


def test_in_production_credentials_are_asked_for():
    instructor = Instructor(production=True, instructor=("teacher", "pass"))
    refused = instructor.ask("GET", "/api/v1/courses")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Basic")
    instructor.sign_in("teacher", "wrong")
    assert instructor.ask("GET", "/api/v1/courses").status_code == 401
    instructor.sign_in("teacher", "pass")
    assert instructor.ask("GET", "/api/v1/courses").status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/docs", "/openapi.json", "/chat/sessions"])
def test_some_routes_are_open_in_production(path):
    assert Instructor(production=True).ask("GET", path).status_code == 200


def test_every_answer_carries_the_request_id_of_the_caller(instructor):
    reply = instructor.ask("GET", "/nowhere", **{"x-request-id": "abc"})
    assert (reply.status_code, reply.headers["X-Request-ID"]) == (404, "abc")
    assert float(reply.headers["X-Duration-Ms"]) >= 0
    assert len(instructor.ask("GET", "/health").headers["X-Request-ID"]) == 36


def test_a_list_of_origins_refuses_a_foreign_preflight():
    instructor = Instructor(origins=("https://app.example",))
    asked = {"access-control-request-method": "POST"}
    assert (
        instructor.ask(
            "OPTIONS", "/api/v1/courses", origin="https://evil.example", **asked
        ).status_code
        == 400
    )
    welcome = instructor.ask("OPTIONS", "/api/v1/courses", origin="https://app.example", **asked)
    assert (welcome.status_code, welcome.headers["Access-Control-Allow-Origin"]) == (
        200,
        "https://app.example",
    )


def test_the_description_names_the_compute_route(instructor):
    described = json.loads(instructor.ask("GET", "/openapi.json").data)
    assert "post" in described["paths"]["/api/v1/exams/{exam_id}/compute"]
