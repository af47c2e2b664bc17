// Browser notifications while a page is open: asks for new ones once the person allowed it in this browser.
(() => {
  const ON = "portal-notify", LAST = "portal-notify-last", SECONDS = 10, STORM = 3; // more than so many at once are shown as one
  const store = window.localStorage;
  const able = "Notification" in window;
  let turns = 0;

  const show = (notice) => {
    const made = new Notification(notice.title, { body: notice.words, tag: `portal-${notice.id}`, icon: "/static/portal/favicon.svg" });
    made.addEventListener("click", () => {
      window.focus();
      window.location.assign(notice.url);
      made.close();
    });
  };

  const ask = async () => {
    if (!able || store.getItem(ON) !== "on" || Notification.permission !== "granted") return;
    const last = store.getItem(LAST);
    try {
      const answer = await fetch(`/notifications/new${last === null ? "" : `?after=${last}`}`, {
        headers: { Accept: "application/json", "HX-Request": "true" }, // a part of the page: it is never sent to sign in
        redirect: "manual",
      });
      if (!answer.ok) {
        clearInterval(turns); // signed out, or the sign-in is too old: the next page asks again
        return;
      }
      const found = await answer.json();
      store.setItem(LAST, String(found.latest));
      if (found.notices.length > STORM) show({ ...found.notices.at(-1), title: `${found.notices.length} new notifications`, url: "/notifications/" });
      else found.notices.forEach(show);
    } catch {
      // the portal is away: the next turn asks again
    }
  };

  const offer = () => {
    const button = document.getElementById("notify-here");
    if (!button) return;
    const words = document.getElementById("notify-here-words");
    const say = () => {
      const on = store.getItem(ON) === "on" && able && Notification.permission === "granted";
      button.textContent = on ? "Stop in this browser" : "Allow in this browser";
      if (!able) words.textContent = "This browser shows no notifications.";
      else if (on) words.textContent = "Allowed in this browser.";
      else if (Notification.permission === "denied") words.textContent = "The browser refuses: allow notifications for this site in its settings.";
      else words.textContent = "Each browser has to be allowed once.";
      button.disabled = !able;
    };
    button.addEventListener("click", async () => {
      if (store.getItem(ON) === "on") store.removeItem(ON);
      else if ((await Notification.requestPermission()) === "granted") {
        store.setItem(ON, "on");
        store.removeItem(LAST);
        document.querySelector("input[name=browser]").checked = true;
      }
      say();
      if (store.getItem(ON) === "on") words.textContent = "Allowed in this browser. Press Save below to keep it for you.";
      ask();
    });
    say();
  };

  document.addEventListener("DOMContentLoaded", () => {
    offer();
    if (!able || store.getItem(ON) !== "on") return;
    ask();
    turns = setInterval(ask, SECONDS * 1000);
  });
})();
