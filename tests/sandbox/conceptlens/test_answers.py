"""The stub answers as the real ConceptLens did (its commit 6f69cab): statuses and names of members.

Names inside an object whose keys are data (concepts, files) are not compared. What the notes on
the real answers do not show to the end is compared as far as they do.
"""

import json

import pytest

from tests.sandbox.conceptlens.conftest import MAPPING, SCORES, Instructor

COURSES = "/api/v1/courses"
ERROR = {"detail[]." + name for name in ("input", "loc", "msg", "type")}
PROBLEM = {"errors[]." + name for name in ("field", "message", "row")}
CONCEPT = {"concept_id", "concept_label"}
REPORT = {
    *("exam_id", "student_id", "top_weak_concepts"),
    *(f"concept_graph.edges[].{name}" for name in ("source", "target", "weight")),
    *(f"concept_graph.nodes[].{name}" for name in ("color", "id", "label", "readiness")),
    *(
        f"readiness[].{name}"
        for name in (*CONCEPT, "confidence", "direct_readiness", "final_readiness")
    ),
    *(f"study_plan[].{name}" for name in (*CONCEPT, "confidence")),
}
MANIFEST = (
    *("bundle_checksum", "compute_run_id", "concepts_count", "exam_id", "exam_name"),
    *("export_timestamp", "file_count", "files"),
)
EXPORT = {
    *("completed_at", "created_at", "error_message", "exam_id", "file_checksum", "id"),
    *(f"manifest.{name}" for name in MANIFEST),
}
CHAT = {"id", "exam_id", "title", "created_by", "created_at", "updated_at"}
DASHBOARD = {
    *(f"aggregates[].{name}" for name in (*CONCEPT, "below_threshold_count", "mean_readiness")),
    *("aggregates[].median_readiness", "aggregates[].std_readiness"),
    *(f"heatmap[].{name}" for name in (*CONCEPT, "bucket", "count", "percentage")),
    *(f"alerts[].{name}" for name in (*CONCEPT, "class_average_readiness", "impact")),
    *("alerts[].downstream_concepts", "alerts[].recommended_action"),
    "alerts[].students_below_threshold",
}
TRACE = {
    *CONCEPT,
    *("direct_readiness", "students_affected"),
    *(f"downstream[].{name}" for name in (*CONCEPT, "boost_contribution", "readiness")),
    *(f"upstream[].{name}" for name in (*CONCEPT, "contribution_weight", "penalty_contribution")),
    "upstream[].readiness",
    *(f"waterfall[].{name}" for name in ("cumulative", "label", "value")),
}
CLUSTERS = {
    *("assignments_summary[].cluster_label", "assignments_summary[].student_id"),
    *(f"clusters[].{name}" for name in ("centroid", "cluster_label", "id", "student_count")),
    *("clusters[].suggested_interventions", "clusters[].top_weak_concepts"),
}
GRAPH = {
    *("status", "version"),
    *(f"edges[].{name}" for name in ("source", "target", "weight")),
    *(f"nodes[].{name}" for name in ("depth", "id", "is_csv_observed", "label", "readiness")),
}
CYCLE = {
    "nodes": [{"id": one} for one in "abc"],
    "edges": [{"source": a, "target": b} for a, b in ("ab", "bc", "ca")],
}
DATA = ("manifest.files", "clusters[].centroid")  # objects whose keys are data
ALONE = {"add_edges": [{"source": "limits", "target": "series"}]}
AROUND = {"add_edges": [{"source": "series", "target": "limits"}], **{"add_nodes": []}}
SUGGESTIONS = {"suggestions", "total", "pending", "accepted", "rejected", "applied"}

ANSWERS = [  # method, path, body, status, names
    ("GET", COURSES, None, 200, {"[].created_at", "[].id", "[].name"}),
    ("POST", COURSES, {"name": ""}, 422, ERROR | {"detail[].ctx.min_length"}),
    ("POST", COURSES, {"name": "x" * 256}, 422, ERROR | {"detail[].ctx.max_length"}),
    ("POST", COURSES, b"{", 422, ERROR | {"detail[].ctx.error"}),
    ("POST", COURSES, {}, 422, ERROR),
    ("GET", f"{COURSES}/one", None, 422, ERROR | {"detail[].ctx.error"}),
    ("GET", f"{COURSES}/", None, 307, set()),
    ("POST", "{exam}/scores", None, 422, ERROR),
    ("GET", "{exam}/graph", None, 200, GRAPH),
    (
        "POST",
        "{exam}/graph",
        CYCLE,
        200,
        {"edge_count", "is_dag", "node_count", "status"} | PROBLEM,
    ),
    ("PATCH", "{exam}/graph", ALONE, 200, {"status", "is_dag", "cycle_path"}),
    ("PUT", "{exam}/parameters", {"alpha": 9}, 422, ERROR | {"detail[].ctx.le"}),
    (
        "POST",
        "{exam}/compute",
        {"k": 1},
        200,
        {"status", "run_id", "students_processed", "concepts_processed", "time_ms"},
    ),
    ("GET", "{exam}/dashboard", None, 200, DASHBOARD),
    ("GET", "{exam}/dashboard/trace/derivatives", None, 200, TRACE),
    ("GET", "{exam}/clusters", None, 200, CLUSTERS),
    ("GET", "{exam}/students/s01/report", None, 200, REPORT),
    ("POST", "{exam}/export", {}, 200, EXPORT | {"status"}),
    ("GET", "{exam}/ai/suggestions", None, 200, SUGGESTIONS),
    ("GET", "/chat/sessions", None, 200, set()),
    ("POST", "/chat/sessions", {}, 200, CHAT),
]
LONGER = ("{exam}/students/s01/report", "{exam}/export")  # the notes show their beginning


@pytest.fixture(scope="module")
def computed():
    instructor = Instructor()
    exam = instructor.computed()
    graph = {
        "nodes": [{"id": one} for one in ("limits", "derivatives", "integrals", "series")],
        "edges": [
            {"source": "limits", "target": "derivatives"},
            {"source": "derivatives", "target": "integrals"},
        ],
    }
    instructor.read("POST", f"{exam}/graph", graph)
    instructor.read("POST", f"{exam}/compute", {"threshold": 0.7})
    return instructor, exam


def names(value, path=""):
    """Return the names of members with where they stand, lists as [], as far as they are names."""
    if isinstance(value, dict) and path not in DATA:
        inside = [names(item, f"{path}.{name}".lstrip(".")) for name, item in value.items()]
        return set().union(*inside) if inside else {path}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(names(item, f"{path}[]") for item in value))
    return {path} if path else set()


@pytest.mark.parametrize(("method", "path", "body", "status", "expected"), ANSWERS)
def test_status_and_names_are_those_of_the_product(computed, method, path, body, status, expected):
    instructor, exam = computed
    where = path.replace("{exam}", exam)
    headers = {} if "scores" not in path else {"content-type": "multipart/form-data; boundary=x"}
    reply = instructor.ask(method, where, body, **headers)
    assert reply.status_code == status
    found = names(json.loads(reply.data)) if reply.data else set()
    assert expected <= found if path in LONGER else expected == found


@pytest.mark.parametrize(
    ("what", "content", "field"),
    [
        ("scores", "", None),
        ("scores", "StudentID,Points\na,1\n", None),
        ("scores", "StudentID,QuestionID,Score\na,q,7\n", "Score"),
        ("scores", "StudentID,QuestionID,Score\na,q,1\na,q,1\n", "QuestionID"),
        ("mapping", MAPPING.replace("Q6", "Q9"), None),
    ],
)
def test_a_refused_upload_detects_no_students(what, content, field):
    instructor = Instructor()
    exam = instructor.exam()
    if what == "mapping":
        instructor.upload(f"{exam}/scores", SCORES)
    answer = instructor.upload(f"{exam}/{what}", content)
    assert answer["status"] == "error" and answer["errors"][0]["field"] == field
    assert answer.get("student_detection") is None
    assert ("student_detection" in answer) == (what == "scores")


def test_a_patch_that_makes_a_cycle_is_200_with_its_path_and_changes_nothing():
    instructor = Instructor()
    exam = instructor.exam()
    plain = {"nodes": CYCLE["nodes"], "edges": CYCLE["edges"][:2]}
    instructor.read("POST", f"{exam}/graph", plain)
    answer = instructor.read("PATCH", f"{exam}/graph", {"add_edges": [CYCLE["edges"][2]]})
    assert (answer["status"], answer["is_dag"]) == ("error", False)
    assert answer["cycle_path"][0] == answer["cycle_path"][-1] and len(answer["cycle_path"]) == 4
    assert len(instructor.read("GET", f"{exam}/graph")["edges"]) == 2
    answer = instructor.read("PATCH", f"{exam}/graph", {"remove_nodes": ["c"]})
    assert answer == {"status": "success", "is_dag": True, "cycle_path": None}
    assert len(instructor.read("GET", f"{exam}/graph")["edges"]) == 1


def test_a_chat_is_read_and_deleted():
    instructor = Instructor()
    chat = instructor.read("POST", "/chat/sessions", {})["id"]
    where = f"/chat/sessions/{chat}"
    assert instructor.read("GET", where)["created_by"] == "instructor"
    assert instructor.read("GET", f"{where}/messages") == []
    assert instructor.read("DELETE", where) == {"status": "deleted"}
    assert instructor.ask("GET", where).status_code == 404


ASKS = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize(
    ("origin", "status", "allowed"),
    [("https://app.example", 200, "https://app.example"), ("https://evil.example", 400, None)],
)
def test_a_preflight_is_answered_as_by_the_product(origin, status, allowed):
    instructor = Instructor(origins=("https://app.example",))
    reply = instructor.ask("OPTIONS", COURSES, **ASKS, Origin=origin)
    assert reply.status_code == status
    assert reply.headers.get("access-control-allow-origin") == allowed
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["vary"] == "Origin"
    assert reply.headers["access-control-allow-headers"] == "authorization"
    assert "x-request-id" not in reply.headers and "x-duration-ms" not in reply.headers


def test_an_error_500_passes_the_middleware_by():
    reply = Instructor().ask("GET", "/api/v1/reports/x")
    assert reply.status_code == 500 and "x-request-id" not in reply.headers


def test_the_description_names_what_the_product_has():
    paths = Instructor().read("GET", "/openapi.json")["paths"]
    assert "/docs" not in paths and "/openapi.json" not in paths
    assert set(paths["/chat/sessions/{session_id}"]) == {"get", "delete"}
    assert set(paths["/api/v1/exams/{exam_id}/graph"]) == {"get", "post", "patch"}
    assert sum(map(len, paths.values())) == 43
