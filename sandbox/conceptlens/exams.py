"""What an instructor uploads for an exam, then computes."""

import time

from werkzeug import Response

from sandbox.conceptlens.desk import Call, Desk, Json, exam_of, new_id, number
from sandbox.conceptlens.readiness import Graph, Parameters, compute, graph_of
from sandbox.conceptlens.store import utc_now
from sandbox.conceptlens.uploads import Link, Problem, Score, read_mapping, read_scores
from sandbox.conceptlens.wire import Refusal, json_reply


def upload_scores(desk: Desk, call: Call) -> Response:
    """Keep the scores; the mapping goes, since it was checked against the old questions."""
    exam = exam_of(desk, call)["id"]
    rows, problems = read_scores(call.request.upload("file"))
    if problems:
        return _refused("row_count", problems, student_detection=None)
    students = sorted({row.student for row in rows})
    desk.store.put("scores", exam, exam, {"rows": [vars(row) for row in rows]})
    desk.store.drop("mapping", exam)
    warnings = [] if len(students) >= 3 else ["fewer than 3 students: results say little"]
    found = {"student_count": len(students), "sample_ids": students[:5], "warnings": warnings}
    return json_reply(
        {"status": "success", "row_count": len(rows), "errors": [], "student_detection": found}
    )


def upload_mapping(desk: Desk, call: Call) -> Response:
    exam = exam_of(desk, call)["id"]
    content = call.request.upload("file")
    scores = desk.store.get("scores", exam)
    if scores is None:
        return _refused("concept_count", [Problem("upload the scores first")])
    rows, problems = read_mapping(content, {row["question"] for row in scores["rows"]})
    if problems:
        return _refused("concept_count", problems)
    desk.store.put("mapping", exam, exam, {"rows": [vars(row) for row in rows]})
    return json_reply(
        {"status": "success", "concept_count": len({row.concept for row in rows}), "errors": []}
    )


def _refused(count: str, problems: list[Problem], **more: Json | None) -> Response:
    """Answer 200 with the errors in the body: the second trap."""
    return json_reply(
        {
            "status": "error",
            count: 0,
            "errors": [problem.as_json() for problem in problems[:100]],
            **more,
        }
    )


def get_graph(desk: Desk, call: Call) -> Response:
    exam = exam_of(desk, call)["id"]
    graph = _graph(desk, exam)
    if graph is None:
        return json_reply({"status": "empty", "version": 0, "nodes": [], "edges": []})
    mapping = desk.store.get("mapping", exam) or {"rows": []}
    seen = {str(row["concept"]) for row in mapping["rows"]}
    return json_reply({"status": "ok", "version": 1, **_drawn(graph, seen)})


def put_graph(desk: Desk, call: Call) -> Response:
    exam = exam_of(desk, call)["id"]
    body = call.request.json_object()
    graph = Graph(_nodes(body, "nodes"), _edges(body, "edges"))
    labels, edges = graph.labels, graph.edges
    unknown = [
        f"edge names unknown concept {name}"
        for edge in edges
        for name in edge[:2]
        if name not in labels
    ]
    problems = unknown or ([] if graph.is_dag() else ["the graph has a cycle"])
    if not problems:
        desk.store.put("graph", exam, exam, {"labels": labels, "edges": edges})
    count = {"node_count": len(labels), "edge_count": len(edges), "is_dag": graph.is_dag()}
    errors = [Problem(words).as_json() for words in problems]
    return json_reply({"status": "error" if problems else "success", **count, "errors": errors})


def patch_graph(desk: Desk, call: Call) -> Response:
    """Add and remove nodes and edges; a cycle is answered with 200, its path, and nothing kept."""
    exam = exam_of(desk, call)["id"]
    body, before = call.request.json_object(), _graph(desk, exam) or Graph({}, [])
    gone = {str(name) for name in body.get("remove_nodes") or ()}
    cut = {edge[:2] for edge in _edges(body, "remove_edges", needed=False)}
    labels = before.labels | _nodes(body, "add_nodes", needed=False)
    labels = {name: label for name, label in labels.items() if name not in gone}
    edges = [
        edge
        for edge in [*before.edges, *_edges(body, "add_edges", needed=False)]
        if edge[:2] not in cut and set(edge[:2]) <= labels.keys()
    ]
    path = Graph(labels, edges).cycle()
    if not path:
        desk.store.put("graph", exam, exam, {"labels": labels, "edges": edges})
    status = "error" if path else "success"
    return json_reply({"status": status, "is_dag": not path, "cycle_path": path or None})


def _nodes(body: Json, field: str, *, needed: bool = True) -> dict[str, str]:
    try:
        given = body[field] if needed else body.get(field) or ()
        return {str(node["id"]): str(node.get("label", node["id"])) for node in given}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal.invalid("body", field, body, "missing", "Field required") from error


def _edges(body: Json, field: str, *, needed: bool = True) -> list[tuple[str, str, float]]:
    try:
        given = body[field] if needed else body.get(field) or ()
        return [
            (str(edge["source"]), str(edge["target"]), float(edge.get("weight", 0.5)))
            for edge in given
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal.invalid("body", field, body, "missing", "Field required") from error


def get_parameters(desk: Desk, call: Call) -> Response:
    return json_reply({**vars(_parameters(desk, exam_of(desk, call)["id"], {})), "status": "ok"})


def put_parameters(desk: Desk, call: Call) -> Response:
    exam = exam_of(desk, call)["id"]
    chosen = vars(_parameters(desk, exam, call.request.json_object()))
    return json_reply({**desk.store.put("parameters", exam, exam, chosen), "status": "success"})


def start_compute(desk: Desk, call: Call) -> Response:
    exam = exam_of(desk, call)["id"]
    # Bounds hold where parameters are kept; a run takes one cluster too.
    chosen = _parameters(desk, exam, call.request.json_object(), fewest=1)
    if desk.settings.queued:
        return _queue(desk, exam, chosen)
    run = _computed(desk, _run(exam, chosen))
    return json_reply({**{name: run[name] for name in _ANSWERED}, "time_ms": run["duration_ms"]})


def carry_out(desk: Desk, run: Json) -> Json:
    """Compute a run that was queued; one that cannot be computed ends as failed."""
    try:
        return _computed(desk, run)
    except Refusal as refusal:
        failed = {
            **run,
            "status": "failed",
            "error_message": str(refusal),
            "completed_at": utc_now(),
        }
        return desk.store.put("run", run["run_id"], run["exam_id"], failed)


def _computed(desk: Desk, run: Json) -> Json:
    """Return the run with its result kept; a run that fails leaves no row, as upstream."""
    exam, started = run["exam_id"], time.monotonic()
    outcome = compute(*_input(desk, exam), Parameters(**run["parameters"]))
    took = round((time.monotonic() - started) * 1000, 1)
    ended = {**run, "status": "success", "duration_ms": took, "completed_at": utc_now()}
    ended |= {
        "students_processed": len(outcome["readiness"]),
        "concepts_processed": len(outcome["aggregates"]),
    }
    desk.store.put("result", exam, exam, {**outcome, "run_id": run["run_id"]})
    return desk.store.put("run", run["run_id"], exam, ended)


_ANSWERED = ("status", "run_id", "students_processed", "concepts_processed")


def list_runs(desk: Desk, call: Call) -> Response:
    """Answer an empty list for an exam nobody knows: the fourth trap."""
    return json_reply(desk.store.below("run", call.id("exam_id"))[::-1])


def _queue(desk: Desk, exam: str, chosen: Parameters) -> Response:
    """Queue the run: in the product's file, which no other container sees, it stays queued; in the
    database a worker takes it.
    """
    if desk.settings.queue_backend not in ("file", "database"):
        raise Refusal(500, "Internal Server Error")
    run = _run(exam, chosen, status="queued")
    desk.store.put("run", run["run_id"], exam, run)
    return json_reply({**{name: run[name] for name in _ANSWERED}, "time_ms": 0})


def _run(exam: str, chosen: Parameters, **more: object) -> Json:
    key = new_id()
    blank = {
        "students_processed": 0,
        "concepts_processed": 0,
        "graph_version": 1,
        "duration_ms": None,
    }
    blank |= {"error_message": None, "completed_at": None}
    return {
        "id": key,
        "exam_id": exam,
        "run_id": key,
        "parameters": vars(chosen),
        "created_at": utc_now(),
        **blank,
        **more,
    }


def _input(desk: Desk, exam: str) -> tuple[list[Score], list[Link], Graph]:
    scores, mapping = desk.store.get("scores", exam), desk.store.get("mapping", exam)
    if scores is None:
        raise Refusal(400, "No scores uploaded for this exam")
    if mapping is None:
        raise Refusal(400, "No question-concept mapping uploaded for this exam")
    links = [Link(**row) for row in mapping["rows"]]
    graph = _graph(desk, exam)
    return [Score(**row) for row in scores["rows"]], links, graph if graph else graph_of(links)


def _graph(desk: Desk, exam: str) -> Graph | None:
    kept = desk.store.get("graph", exam)
    if kept:
        return Graph(
            kept["labels"], [(source, target, weight) for source, target, weight in kept["edges"]]
        )
    mapping = desk.store.get("mapping", exam)
    return graph_of([Link(**row) for row in mapping["rows"]]) if mapping else None


def _drawn(graph: Graph, seen: set[str]) -> Json:
    return {
        "nodes": [
            {
                "id": key,
                "label": label,
                "depth": graph.depth(key),
                "is_csv_observed": key in seen,
                "readiness": None,
            }
            for key, label in sorted(graph.labels.items())
        ],
        "edges": [
            {"source": source, "target": target, "weight": weight}
            for source, target, weight in graph.edges
        ],
    }


def _parameters(desk: Desk, exam: str, body: Json, *, fewest: int = 2) -> Parameters:
    kept = Parameters(**(desk.store.get("parameters", exam) or {}))
    return Parameters(
        alpha=number(body, "alpha", kept.alpha, 0, 5),
        beta=number(body, "beta", kept.beta, 0, 5),
        gamma=number(body, "gamma", kept.gamma, 0, 5),
        threshold=number(body, "threshold", kept.threshold, 0, 1),
        k=int(number(body, "k", kept.k, fewest, 20)),
    )
