// The clock, local times beside UTC, the environment in the tab's title, CSRF for htmx.
(() => {
  const pad = (n) => String(n).padStart(2, "0");
  const utc = (d) => `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())} UTC`;
  const localOf = (d) => `${pad(d.getHours())}:${pad(d.getMinutes())}`;
  const tick = () => {
    const now = new Date();
    document.querySelectorAll(".p-clock").forEach((el) => {
      el.textContent = now.getTimezoneOffset() ? `${utc(now)} · ${localOf(now)} here` : utc(now);
    });
  };
  const localise = (root) => {
    root.querySelectorAll("time[data-when]").forEach((el) => {
      const at = new Date(el.dateTime);
      if (at.getTimezoneOffset() && !el.dataset.done) {
        el.title = `${at.toLocaleString()} here`;
        const here = document.createElement("span");
        here.className = "p-muted";
        here.textContent = ` (${localOf(at)} here)`;
        el.after(here);
      }
      el.dataset.done = "1";
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    tick();
    setInterval(tick, 10000);
    localise(document);
    const band = document.querySelector(".p-band[data-environment]");
    if (band) document.title = `[${band.dataset.environment}] ${document.title}`;
  });
  document.addEventListener("htmx:afterSettle", (event) => localise(event.target));
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
})();
