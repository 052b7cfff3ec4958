// What a page can do better with a script. Every page works without it: copy
// buttons appear, times get the reader's zone, forms show that they are busy.
(function () {
  "use strict";

  // say speaks through the one status region of the page.
  function say(words) {
    var region = document.getElementById("status");
    if (region) { region.textContent = words; }
  }

  function markCopied(button) {
    var words = button.querySelector(".copy-done");
    button.classList.add("copied");
    if (words) { words.textContent = "Copied"; }
    say("Copied");
    setTimeout(function () {
      button.classList.remove("copied");
      if (words) { words.textContent = ""; }
      say("");
    }, 2000);
  }

  // selectBeside helps where the clipboard is closed: plain http on a host name.
  function selectBeside(button) {
    var box = button.closest(".id, .code-block, .fact") || document.body;
    var text = box.querySelector(".id-text, .code-body, code");
    if (!text) { return; }
    getSelection().selectAllChildren(text);
    say("Selected. Press Control C to copy.");
  }

  function copy(button) {
    if (!navigator.clipboard) { selectBeside(button); return; }
    navigator.clipboard.writeText(button.dataset.copy).then(
      function () { markCopied(button); },
      function () { selectBeside(button); });
  }

  function two(n) { return (n < 10 ? "0" : "") + n; }

  // localTime is the browser's time with its offset, as "09:13 +01:00".
  function localTime(t) {
    var minutes = -t.getTimezoneOffset();
    if (minutes === 0) { return ""; }
    var size = Math.abs(minutes);
    var day = "";
    if (t.getDate() !== t.getUTCDate()) {
      day = t.getDate() + " " + t.toLocaleString("en-GB", { month: "short" }) + " ";
    }
    return day + two(t.getHours()) + ":" + two(t.getMinutes()) + " " + (minutes < 0 ? "-" : "+") +
      two(Math.floor(size / 60)) + ":" + two(size % 60);
  }

  function enhance(root) {
    root.querySelectorAll("[data-copy][hidden]").forEach(function (b) { b.hidden = false; });
    root.querySelectorAll("[data-local]:empty").forEach(function (e) {
      e.textContent = localTime(new Date(e.dataset.local));
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) { copy(button); }
  });

  // The theme changes in place, so that the answer to a form stays on the page;
  // the cookie is set by the same post that works without a script.
  function switchTheme(form, button) {
    var fields = new URLSearchParams(new FormData(form));
    fields.set(button.name, button.value);
    fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
    document.documentElement.dataset.theme = button.value;
    say(button.value === "dark" ? "Dark theme" : "Light theme");
    form.querySelectorAll("button").forEach(function (b) { if (b !== button) { b.focus(); } });
  }

  document.addEventListener("submit", function (event) {
    if (!event.target.matches(".theme-form") || !event.submitter) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    switchTheme(event.target, event.submitter);
  });

  // A form that is under way says so, and a second press does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method !== "post") { return; }
    form.dataset.sent = "yes";
    var button = event.submitter;
    if (!button) { return; }
    button.setAttribute("aria-busy", "true");
    var words = button.querySelector("span");
    if (form.dataset.busy && words) {
      button.dataset.words = words.textContent;
      words.textContent = form.dataset.busy;
    }
  });

  // Coming back with the browser's button finds the form as it was. A page of
  // somebody who is signed in is asked for anew: the session may be over, and
  // browsers keep pages that they may not store for a while in memory.
  // https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-pagetransitionevent-interface
  addEventListener("pageshow", function (event) {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    document.querySelectorAll("button[aria-busy]").forEach(function (button) {
      button.removeAttribute("aria-busy");
      if (button.dataset.words) { button.querySelector("span").textContent = button.dataset.words; }
    });
    if (event.persisted && document.querySelector(".account")) { location.reload(); }
  });

  // A page that follows a run says when it cannot: the portal is gone, or the
  // network is. A stream that opens again within two seconds is no news.
  var lost = null;

  function clock(t) { return two(t.getUTCHours()) + ":" + two(t.getUTCMinutes()) + ":" + two(t.getUTCSeconds()) + " UTC"; }

  function showLost(since) {
    var notice = document.getElementById("stream-lost");
    if (!notice) { return; }
    notice.querySelector("[data-since]").textContent = clock(since);
    notice.hidden = false;
    say("The portal does not answer since " + clock(since) + ". The page tries again.");
  }

  function found() {
    var notice = document.getElementById("stream-lost");
    clearTimeout(lost);
    lost = null;
    if (notice && !notice.hidden) {
      notice.hidden = true;
      say("The portal answers again.");
    }
  }

  document.addEventListener("htmx:sseError", function () {
    if (lost === null) { lost = setTimeout(showLost, 2000, new Date()); }
  });
  document.addEventListener("htmx:sseOpen", found);
  document.addEventListener("htmx:sseClose", function (event) { if (event.detail.type === "message") { found(); } });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  document.addEventListener("htmx:afterSettle", function (event) { enhance(event.target); });
  document.addEventListener("htmx:sseMessage", function (event) { enhance(event.target); });

  enhance(document);
  var summary = document.getElementById("error-summary");
  if (summary) { summary.focus(); }
})();
