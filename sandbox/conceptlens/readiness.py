"""What ConceptLens computes from scores: a weighted mean per student and concept, then what to
teach next.
"""

import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sandbox.conceptlens.uploads import Link, Score

BUCKETS = ("0-20%", "20-40%", "40-60%", "60-80%", "80-100%")

Json = dict[str, Any]


@dataclass(frozen=True)
class Parameters:
    """How much own answers, prerequisites and dependants weigh, with the pass mark."""

    alpha: float = 1.0
    beta: float = 0.3
    gamma: float = 0.2
    threshold: float = 0.6
    k: int = 4


@dataclass(frozen=True)
class Graph:
    """Which concept is needed for which."""

    labels: dict[str, str]
    edges: list[tuple[str, str, float]]

    def before(self, concept: str) -> list[str]:
        return sorted({source for source, target, _ in self.edges if target == concept})

    def after(self, concept: str) -> list[str]:
        return sorted({target for source, target, _ in self.edges if source == concept})

    def is_dag(self) -> bool:
        return not self._knotted()

    def depth(self, concept: str) -> int:
        """Return how many concepts come before it on the longest way; 0 where there is a cycle."""
        if not self.is_dag():
            return 0
        return max((self.depth(name) + 1 for name in self.before(concept)), default=0)

    def cycle(self) -> list[str]:
        """Return one way round, its first concept again at the end; empty where there is none."""
        knotted = self._knotted()
        path = sorted(knotted)[:1]
        while path and path[-1] not in path[:-1]:
            path.append(next(name for name in self.before(path[-1]) if name in knotted))
        start = path.index(path[-1]) if path else 0
        return path[start:][::-1]

    def _knotted(self) -> set[str]:
        """Peel off concepts that need nothing; what resists is in a cycle or after one."""
        left = {concept: set(self.before(concept)) for concept in self.labels}
        while free := [concept for concept, needs in left.items() if not needs & left.keys()]:
            for concept in free:
                del left[concept]
        return set(left)


def graph_of(links: list[Link]) -> Graph:
    """Derive a graph: concepts asked about by one question depend on each other in the order of
    their names.
    """
    by_question: dict[str, set[str]] = defaultdict(set)
    for link in links:
        by_question[link.question].add(link.concept)
    pairs = {
        (first, second)
        for concepts in by_question.values()
        for first, second in zip(sorted(concepts), sorted(concepts)[1:], strict=False)
    }
    return Graph(
        {link.concept: link.concept for link in links},
        [(first, second, 0.5) for first, second in sorted(pairs)],
    )


def compute(scores: list[Score], links: list[Link], graph: Graph, parameters: Parameters) -> Json:
    """Return the whole outcome of a run as JSON, the same for the same input."""
    direct = _direct(scores, links)
    concepts = sorted({link.concept for link in links})
    readiness = {
        student: _settled(known, concepts, graph, parameters)
        for student, known in sorted(direct.items())
    }
    columns = {concept: [known[concept] for known in readiness.values()] for concept in concepts}
    aggregates = [
        _aggregate(concept, graph, values, parameters.threshold)
        for concept, values in columns.items()
    ]
    return {
        "readiness": readiness,
        "direct": direct,
        "aggregates": aggregates,
        "heatmap": [
            row for concept, values in columns.items() for row in _heat(concept, graph, values)
        ],
        "alerts": [
            _alert(row, graph, parameters.threshold)
            for row in aggregates
            if row["below_threshold_count"] * 2 > len(readiness)
        ],
        "interventions": _interventions(aggregates, graph, parameters.threshold, len(readiness)),
        "graph": {"labels": graph.labels, "edges": graph.edges},
        "parameters": vars(parameters),
    }


def _direct(scores: list[Score], links: list[Link]) -> dict[str, dict[str, float]]:
    by_question: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        by_question[link.question].append(link)
    earned: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for score in scores:
        for link in by_question[score.question]:
            total = earned[score.student][link.concept]
            total[0] += link.weight * score.points / score.out_of
            total[1] += link.weight
    return {
        student: {
            concept: round(value / weight, 4) if weight else 0.0
            for concept, (value, weight) in per.items()
        }
        for student, per in earned.items()
    }


def _settled(
    direct: dict[str, float], concepts: list[str], graph: Graph, parameters: Parameters
) -> dict[str, float]:
    return {concept: _blend(concept, direct, graph, parameters) for concept in concepts}


def _blend(concept: str, direct: dict[str, float], graph: Graph, parameters: Parameters) -> float:
    """Weighted mean of what the student showed on a concept, on what it needs, on what needs it."""
    parts = [(parameters.alpha, [direct[concept]] if concept in direct else [])]
    parts.append(
        (parameters.beta, [direct[name] for name in graph.before(concept) if name in direct])
    )
    parts.append(
        (parameters.gamma, [direct[name] for name in graph.after(concept) if name in direct])
    )
    weight = sum(share for share, values in parts if values)
    if not weight:
        return 0.0
    return round(
        sum(share * sum(values) / len(values) for share, values in parts if values) / weight, 4
    )


def _aggregate(concept: str, graph: Graph, values: list[float], threshold: float) -> Json:
    return {
        "concept_id": concept,
        "concept_label": graph.labels.get(concept, concept),
        "mean_readiness": round(statistics.fmean(values), 4),
        "median_readiness": round(statistics.median(values), 4),
        "std_readiness": round(statistics.pstdev(values), 4),
        "below_threshold_count": sum(value < threshold for value in values),
    }


def _heat(concept: str, graph: Graph, values: list[float]) -> list[Json]:
    counts = [0] * len(BUCKETS)
    for value in values:
        counts[min(int(value * len(BUCKETS)), len(BUCKETS) - 1)] += 1
    return [
        {
            "concept_id": concept,
            "concept_label": graph.labels.get(concept, concept),
            "bucket": bucket,
            "count": count,
            "percentage": round(100 * count / len(values), 1),
        }
        for bucket, count in zip(BUCKETS, counts, strict=True)
    ]


def _alert(row: Json, graph: Graph, threshold: float) -> Json:
    later = graph.after(row["concept_id"])
    return {
        "concept_id": row["concept_id"],
        "concept_label": row["concept_label"],
        "class_average_readiness": row["mean_readiness"],
        "students_below_threshold": row["below_threshold_count"],
        "downstream_concepts": later,
        "impact": _impact(row, len(later), threshold),
        "recommended_action": f"Teach {row['concept_label']} again before what builds on it.",
    }


def _impact(row: Json, downstream: int, threshold: float) -> float:
    gap = max(0.0, threshold - row["mean_readiness"])
    return round(float(row["below_threshold_count"] * (1 + downstream) * (1 + gap)), 4)


def _interventions(
    aggregates: list[Json], graph: Graph, threshold: float, students: int
) -> list[Json]:
    """Rank concepts by impact; the weakest one is always named, so a good class still gets a
    suggestion.
    """
    weakest = min(row["mean_readiness"] for row in aggregates)
    wanted = [
        row
        for row in aggregates
        if row["below_threshold_count"] or row["mean_readiness"] == weakest
    ]
    rows = [
        _intervention(row, len(graph.after(row["concept_id"])), threshold, students)
        for row in wanted
    ]
    return sorted(rows, key=lambda row: (-row["impact"], row["concept_id"]))


def _intervention(row: Json, downstream: int, threshold: float, students: int) -> Json:
    affected = row["below_threshold_count"]
    return {
        "concept_id": row["concept_id"],
        "students_affected": affected,
        "downstream_concepts": downstream,
        "current_readiness": row["mean_readiness"],
        "impact": _impact(row, downstream, threshold),
        "rationale": (
            f"{affected} of {students} students are below {threshold:g}; {downstream}"
            " concepts build on it"
        ),
        "suggested_format": "lecture" if affected * 2 > students else "small group",
    }
