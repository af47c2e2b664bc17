// Under the pointer or the focus, what a change needs and what needs it stand out.
for (const graph of document.querySelectorAll(".p-graph")) {
  const mark = (event) => {
    const key = event.target.closest("[data-node]")?.dataset.node;
    const near = new Set();
    for (const line of graph.querySelectorAll("path")) {
      const touches = key !== undefined && [line.dataset.start, line.dataset.end].includes(key);
      line.classList.toggle("near", touches);
      if (touches) near.add(line.dataset.start).add(line.dataset.end);
    }
    for (const node of graph.querySelectorAll("[data-node]")) node.classList.toggle("near", near.has(node.dataset.node));
  };
  for (const moment of ["pointerover", "focusin", "pointerleave", "focusout"]) graph.addEventListener(moment, mark);
}
