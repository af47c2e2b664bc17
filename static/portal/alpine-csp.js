// Lets django-unfold's pages run on Alpine's CSP build, so that the portal needs no 'unsafe-eval'.
// That build reads simple expressions only. Of unfold's some two hundred, the few that are more are put into words it knows.
document.addEventListener("alpine:init", () => {
  // functions of unfold's app.js, which the standard build finds as globals
  for (const name of ["theme", "searchForm", "searchDropdown", "searchCommand"]) {
    if (typeof window[name] === "function") Alpine.data(name, window[name]);
  }

  // <body x-data="{activeTab: …, sidebarDesktopOpen: (localStorage…) …}" x-init="…; …">
  const KEY = "sidebarDesktopOpen";
  const first = /activeTab:\s*'([^']*)'/.exec(document.body.getAttribute("x-data") || "");
  Alpine.data("shell", () => ({
    activeTab: (first && window.getCurrentTab()) || (first ? first[1] : ""),
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem(KEY) !== "0",
    init() {
      this.$watch(KEY, (open) => localStorage.setItem(KEY, open ? "1" : "0"));
    },
  }));
  document.body.setAttribute("x-data", "shell");
  document.body.removeAttribute("x-init");

  // several statements, or an `if`, in one attribute
  const simpler = [
    [/;\s*localStorage\.setItem\([^;]*\);?\s*$/, ""], // shell watches it
    [/^\s*if \((!\$event\.metaKey && !\$event\.ctrlKey)\) (.*)$/, "$1 && $2"],
    [/^openSearchResults = true; currentIndex = 0$/, "openSearchResults = true"],
    [/^openSearchResults = false; if .*$/, "openSearchResults = false"],
  ];
  // a form that posts to the page it is on needs no address; the expression asks for `window`, which that build keeps away
  for (const form of document.querySelectorAll("form[x-bind\\:action*='window.location']")) form.removeAttribute("x-bind:action");
  for (const element of document.querySelectorAll("[x-data] *")) {
    for (const attribute of element.attributes) {
      if (!attribute.name.startsWith("x-on:")) continue;
      for (const [pattern, words] of simpler) {
        if (pattern.test(attribute.value)) attribute.value = attribute.value.replace(pattern, words);
      }
    }
  }
});
