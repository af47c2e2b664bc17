"""An instructor with an exam, in this process."""

import base64
import json
from dataclasses import replace

import pytest
from werkzeug import Response
from werkzeug.test import EnvironBuilder

from sandbox.conceptlens.application import Application
from sandbox.conceptlens.behaviour import Behaviour
from sandbox.conceptlens.desk import Desk
from sandbox.conceptlens.settings import Settings
from sandbox.conceptlens.store import Store
from sandbox.conceptlens.wire import Request

QUESTIONS = {
    "Q1": "limits",
    "Q2": "limits",
    "Q3": "derivatives",
    "Q4": "derivatives",
    "Q5": "integrals",
    "Q6": "series",
}
SCORES = "StudentID,QuestionID,Score,MaxScore\n" + "".join(
    f"s{student:02},{question},{(student * (at + 3)) % 11},10\n"
    for student in range(12)
    for at, question in enumerate(QUESTIONS)
)
MAPPING = "QuestionID,ConceptID,Weight\n" + "".join(
    f"{q},{concept},1\n{q},{QUESTIONS['Q1']},0.5\n" for q, concept in QUESTIONS.items()
)


class Instructor:
    """Speaks to one application as the tests' only user."""

    def __init__(self, **settings: object) -> None:
        chosen = replace(Settings("sqlite://"), **settings)
        self.app = Application(Desk(chosen, Store()), Behaviour())
        self.headers: dict[str, str] = {}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        content = (
            body
            if isinstance(body, bytes)
            else json.dumps(body).encode()
            if body is not None
            else b""
        )
        builder = EnvironBuilder(
            path, method=method, headers={**self.headers, **headers}, data=content
        )
        return self.app.answer(Request(builder.get_environ()))

    def read(self, method: str, path: str, body: object = None) -> dict:
        reply = self.ask(method, path, body)
        assert reply.status_code in (200, 201), reply
        return json.loads(reply.data)

    def upload(self, path: str, content: str) -> dict:
        frame = (
            '--cut\r\nContent-Disposition: form-data; name="file";'
            f' filename="a.csv"\r\n\r\n{content}\r\n--cut--\r\n'.encode()
        )
        return json.loads(
            self.ask(
                "POST", path, frame, **{"content-type": "multipart/form-data; boundary=cut"}
            ).data
        )

    def sign_in(self, user: str, password: str) -> None:
        self.headers["authorization"] = (
            "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        )

    def exam(self) -> str:
        course = self.read("POST", "/api/v1/courses", {"name": "smoke"})["id"]
        return (
            "/api/v1/exams/"
            + self.read("POST", f"/api/v1/courses/{course}/exams", {"name": "one"})["id"]
        )

    def computed(self) -> str:
        exam = self.exam()
        self.upload(f"{exam}/scores", SCORES)
        self.upload(f"{exam}/mapping", MAPPING)
        self.read("POST", f"{exam}/compute", {})
        return exam


@pytest.fixture
def instructor() -> Instructor:
    return Instructor()
