// The clock, local times beside UTC, names of columns for phones, the environment in the tab's title, focus and CSRF for htmx.
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
  // a phone shows each cell under the name of its column; the first one is the row's title
  const label = (root) => {
    root.querySelectorAll("table.is-stacked").forEach((table) => {
      const names = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
      table.querySelectorAll("tbody tr").forEach((row) => {
        [...row.cells].forEach((td, n) => {
          if (n && names[n] && td.colSpan === 1) td.dataset.label = names[n];
          td.classList.toggle("is-blank", !td.children.length && !td.textContent.trim());
        });
      });
    });
  };
  // fields of the admin that come without a name
  const name = () => {
    document.querySelectorAll("#content input:not([type=hidden])").forEach((el) => {
      if (el.labels.length || el.getAttribute("aria-label")) return;
      const half = { _0: "date", _1: "time" }[el.name.slice(-2)];
      el.setAttribute("aria-label", el.placeholder || (half ? `${el.name.slice(0, -2).replace(/_/g, " ")}, ${half}` : el.name));
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    label(document);
    name();
    tick();
    setInterval(tick, 10000);
    localise(document);
    const band = document.querySelector(".p-band[data-environment]");
    const title = document.title.trim();
    document.title = `${band ? `[${band.dataset.environment}] ` : ""}${title}${title.includes("Portal") ? "" : " | Portal"}`;
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  });
  // what refreshes itself must not take the focus from a link in it
  let focused = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    focused = event.detail.target.contains(active) && !active.id ? active.getAttribute("href") : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    localise(event.target);
    label(event.target);
    if (focused) event.target.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    focused = null;
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
})();
