// Charts by unfold's component, which draws those that come with the page: here their text takes the page's colour,
// and those that htmx brings are drawn as well.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const paint = () => {
    Chart.defaults.color = colour("--p-quiet");
    Chart.defaults.font.family = "Inter, system-ui, sans-serif";
  };
  paint();
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });

  const drawn = new WeakMap(); // canvas: chart; unfold keeps its own to itself
  const draw = (canvas) => {
    const data = JSON.parse(canvas.dataset.value);
    for (const series of data.datasets) {
      for (const part of ["borderColor", "backgroundColor"]) {
        const name = /^var\((.*)\)$/.exec(series[part]);
        if (name) series[part] = colour(name[1]);
      }
    }
    drawn.set(canvas, new Chart(canvas, { type: canvas.dataset.type, data, options: JSON.parse(canvas.dataset.options) }));
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    for (const canvas of event.detail.target.querySelectorAll("canvas.chart")) drawn.get(canvas)?.destroy();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const canvas of event.target.querySelectorAll("canvas.chart")) draw(canvas);
  });
})();
