// Uploads of forms marked data-upload: the size is looked at before a byte is sent, a bar shows how far it got.
(() => {
  const mb = (bytes) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0);
  const send = (form) => {
    const bar = form.querySelector("[data-bar]");
    const words = form.querySelector("[data-words]");
    const button = form.querySelector("button");
    const file = form.querySelector("input[type=file]").files[0];
    bar.hidden = false;
    if (file.size > Number(form.dataset.limit)) {
      words.textContent = `${file.name} has ${mb(file.size)} MB: at most ${mb(Number(form.dataset.limit))} MB are taken. Nothing was sent.`;
      return;
    }
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => {
      bar.querySelector("progress").value = (100 * event.loaded) / event.total;
      words.textContent = event.loaded < event.total ? `${mb(event.loaded)} of ${mb(event.total)} MB sent` : "Sent. It is being checked…";
    });
    request.addEventListener("load", () => {
      if (request.status < 300) {
        window.location.assign(request.responseURL);
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (page) {
        document.querySelector("main").replaceWith(document.adoptNode(page));
        page.dispatchEvent(new CustomEvent("htmx:afterSwap", { bubbles: true })); // portal.js names columns and local times
      }
      window.scrollTo(0, 0);
    });
    request.addEventListener("error", () => {
      words.textContent = "The upload was cut off; nothing was kept. Send it again.";
      button.disabled = false;
    });
    button.disabled = true;
    request.send(new FormData(form));
  };
  // the admin's script expects its own file field, with a text field beside it
  for (const input of document.querySelectorAll("form[data-upload] input[type=file]")) input.hasChangeListener = true;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]")) return;
    event.preventDefault();
    send(form);
  });
})();
