"""What a computed exam tells: dashboard, students, reports, exports."""

import hashlib
import io
import json
import statistics
import uuid
import zipfile
from datetime import UTC, datetime, timedelta

from werkzeug import Response

from sandbox.conceptlens.desk import Call, Desk, Json, exam_of, new_id
from sandbox.conceptlens.store import utc_now
from sandbox.conceptlens.wire import Refusal, json_reply


def dashboard(desk: Desk, call: Call) -> Response:
    """Answer three empty lists before the first run: the fifth trap."""
    result = _result(desk, exam_of(desk, call)["id"]) or {}
    wanted = call.request.args.get("concept_id")
    rows = {name: result.get(name, []) for name in ("heatmap", "alerts", "aggregates")}
    return json_reply(
        {
            name: [row for row in of if wanted in (None, row["concept_id"])]
            for name, of in rows.items()
        }
    )


def trace(desk: Desk, call: Call) -> Response:
    result = _result(desk, exam_of(desk, call)["id"])
    concept = call.path["concept_id"]
    row = next(
        (row for row in (result or {}).get("aggregates", []) if row["concept_id"] == concept), None
    )
    if result is None or row is None:
        raise Refusal.missing("Concept")
    means = {other["concept_id"]: other["mean_readiness"] for other in result["aggregates"]}
    edges, labels = result["graph"]["edges"], result["graph"]["labels"]
    return json_reply(
        {
            "concept_id": concept,
            "concept_label": row["concept_label"],
            "direct_readiness": row["mean_readiness"],
            "upstream": [
                {
                    **_near(source, labels, means),
                    "contribution_weight": weight,
                    "penalty_contribution": round(weight * (1 - means.get(source, 1.0)), 4),
                }
                for source, target, weight in edges
                if target == concept
            ],
            "downstream": [
                {
                    **_near(target, labels, means),
                    "boost_contribution": round(weight * means.get(target, 0.0), 4),
                }
                for source, target, weight in edges
                if source == concept
            ],
            "waterfall": [
                {
                    "label": "direct",
                    "value": row["mean_readiness"],
                    "cumulative": row["mean_readiness"],
                }
            ],
            "students_affected": row["below_threshold_count"],
        }
    )


def interventions(desk: Desk, call: Call) -> Response:
    result = _result(desk, call.id("exam_id")) or {}
    return json_reply({"interventions": result.get("interventions", [])})


def clusters(desk: Desk, call: Call) -> Response:
    """Group students by fifths of their mean readiness, at most k groups."""
    result = _result(desk, exam_of(desk, call)["id"])
    if result is None:
        return json_reply({"clusters": [], "assignments_summary": []})
    k = result["parameters"]["k"]
    groups: dict[int, list[tuple[str, float]]] = {}
    for student, known in result["readiness"].items():
        mean = sum(known.values()) / len(known)
        groups.setdefault(min(int(mean * k), k - 1), []).append((student, mean))
    rows = [
        _cluster(label, [result["readiness"][student] for student, _ in members], result)
        for label, members in sorted(groups.items())
    ]
    summary = [
        {"student_id": student, "cluster_label": _title(label)}
        for label, members in sorted(groups.items())
        for student, _ in members
    ]
    return json_reply({"clusters": rows, "assignments_summary": summary})


def students(desk: Desk, call: Call) -> Response:
    return json_reply(
        {
            "students": [
                {"student_id": student} for student in _students(desk, exam_of(desk, call)["id"])
            ]
        }
    )


def student_report(desk: Desk, call: Call) -> Response:
    return json_reply(_report(desk, exam_of(desk, call)["id"], call.path["student_id"]))


def report_tokens(desk: Desk, call: Call) -> Response:
    """List one token a student, making those that miss."""
    exam = exam_of(desk, call)["id"]
    held = {token["student_id"] for token in desk.store.below("token", exam)}
    for student in _students(desk, exam):
        if student not in held:
            token = {
                "student_id": student,
                "token": new_id(),
                "created_at": utc_now(),
                "expires_at": _expiry(desk),
            }
            desk.store.put("token", token["token"], exam, {**token, "exam_id": exam})
    shown = ("student_id", "token", "created_at", "expires_at")
    return json_reply(
        {"tokens": [{name: row[name] for name in shown} for row in desk.store.below("token", exam)]}
    )


def public_report(desk: Desk, call: Call) -> Response:
    token = desk.store.get(
        "token", str(uuid.UUID(call.path["token"]))
    )  # not a UUID: an error 500, as upstream
    if token is None:
        raise Refusal.missing("Report")
    if token["expires_at"] < utc_now():
        raise Refusal(410, "This report link has expired")
    return json_reply(_report(desk, token["exam_id"], token["student_id"]))


def create_export(desk: Desk, call: Call) -> Response:
    found = exam_of(desk, call)
    exam = found["id"]
    result = _result(desk, exam)
    if result is None:
        raise Refusal(400, "No computed results for this exam")
    content = _bundle(exam, result)
    export = {
        "id": new_id(),
        "exam_id": exam,
        "status": "ready",
        "file_checksum": hashlib.sha256(content).hexdigest(),
    }
    export |= {
        "manifest": _manifest(found, result, content),
        "created_at": utc_now(),
        "completed_at": utc_now(),
        "error_message": None,
    }
    desk.store.put("bundle", export["id"], exam, {"hex": content.hex()})
    return json_reply(desk.store.put("export", export["id"], exam, export))


def list_exports(desk: Desk, call: Call) -> Response:
    return json_reply({"exports": desk.store.below("export", exam_of(desk, call)["id"])[::-1]})


def download_export(desk: Desk, call: Call) -> Response:
    exam_of(desk, call)
    bundle = desk.store.get("bundle", call.id("export_id"))
    if bundle is None:
        raise Refusal.missing("Export")
    name = f'attachment; filename="export-{call.id("export_id")}.zip"'
    return Response(
        bytes.fromhex(bundle["hex"]),
        mimetype="application/zip",
        headers={"Content-Disposition": name},
    )


def _result(desk: Desk, exam: str) -> Json | None:
    return desk.store.get("result", exam)


def _students(desk: Desk, exam: str) -> list[str]:
    scores = desk.store.get("scores", exam) or {"rows": []}
    return sorted({row["student"] for row in scores["rows"]})


def _report(desk: Desk, exam: str, student: str) -> Json:
    result = _result(desk, exam)
    if result is None or student not in result["readiness"]:
        raise Refusal.missing("Student")
    known, direct = result["readiness"][student], result["direct"][student]
    order = sorted(known, key=lambda concept: (known[concept], concept))
    weak = [concept for concept in order if known[concept] < result["parameters"]["threshold"]]
    labels = result["graph"]["labels"]
    return {
        "student_id": student,
        "exam_id": exam,
        "concept_graph": {
            "nodes": [
                {
                    **_node(concept, labels),
                    "readiness": known.get(concept, 0.0),
                    "color": _color(known.get(concept, 0.0), result["parameters"]["threshold"]),
                }
                for concept in sorted(labels)
            ],
            "edges": [
                {"source": source, "target": target, "weight": weight}
                for source, target, weight in result["graph"]["edges"]
            ],
        },
        "readiness": [
            {
                **_concept(concept, labels),
                "direct_readiness": direct.get(concept, 0.0),
                "final_readiness": known[concept],
                "confidence": _confidence(concept in direct),
            }
            for concept in sorted(known)
        ],
        "top_weak_concepts": weak[:3],
        "study_plan": [
            {
                **_concept(concept, labels),
                "readiness": known[concept],
                "confidence": _confidence(concept in direct),
                "reason": f"review {labels.get(concept, concept)}",
            }
            for concept in weak
        ],
    }


def _node(concept: str, labels: dict[str, str]) -> Json:
    return {"id": concept, "label": labels.get(concept, concept)}


def _concept(concept: str, labels: dict[str, str]) -> Json:
    return {"concept_id": concept, "concept_label": labels.get(concept, concept)}


def _color(readiness: float, threshold: float) -> str:
    return "green" if readiness >= threshold else "yellow" if readiness * 2 >= threshold else "red"


def _confidence(measured: bool) -> str:
    return "high" if measured else "low"


def _near(concept: str, labels: dict[str, str], means: dict[str, float]) -> Json:
    return {**_concept(concept, labels), "readiness": means.get(concept, 0.0)}


def _title(label: int) -> str:
    return f"Cluster {label + 1}"


def _cluster(label: int, members: list[dict[str, float]], result: Json) -> Json:
    centroid = {
        concept: round(statistics.fmean(known[concept] for known in members), 4)
        for concept in sorted(members[0])
    }
    low = sorted(centroid, key=lambda concept: (centroid[concept], concept))
    weak = [one for one in low if centroid[one] < result["parameters"]["threshold"]][:3]
    labels = result["graph"]["labels"]
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{result['run_id']}/{label}")),
        "cluster_label": _title(label),
        "student_count": len(members),
        "centroid": centroid,
        "top_weak_concepts": weak,
        "suggested_interventions": [f"review {labels.get(one, one)}" for one in weak],
    }


def _expiry(desk: Desk) -> str:
    return (
        datetime.now(UTC).replace(tzinfo=None) + timedelta(days=desk.settings.token_days)
    ).isoformat(timespec="microseconds")


def _manifest(exam: Json, result: Json, content: bytes) -> Json:
    whole = hashlib.sha256(content).hexdigest()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()
        }
    return {
        "exam_id": exam["id"],
        "exam_name": exam["name"],
        "export_timestamp": utc_now(),
        "compute_run_id": None,
        "concepts_count": len(result["aggregates"]),
        "students_count": len(result["readiness"]),
        "file_count": len(files),
        "files": files,
        "bundle_checksum": whole,
    }


def _bundle(exam: str, result: Json) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("results.json", json.dumps({"exam_id": exam, **result}, sort_keys=True))
    return target.getvalue()
