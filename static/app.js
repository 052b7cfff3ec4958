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

  // A link that leaves a form takes along what the form holds by now: it was made
  // with what the form held before. Secrets are never among the names, and what
  // does not read as a scope may be one in the wrong field: addresses stay in the
  // browser's history.
  var scope = /^((https?|api|spn):\/\/[A-Za-z0-9._:\/-]{1,200}|[0-9a-f-]{36}\/[A-Za-z._-]{1,60}|[A-Za-z._-]{2,60})$/i;
  function carried(field) {
    if (field.type === "checkbox") { return field.checked ? field.value : ""; }
    if (field.name !== "scope") { return field.value; }
    var words = field.value.split(/\s+/).filter(Boolean);
    return words.every(function (word) { return scope.test(word); }) ? words.join(" ") : "";
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-carry]");
    var form = link && link.closest("form");
    if (!form) { return; }
    var address = new URL(link.href);
    link.dataset.carry.split(" ").forEach(function (name) {
      var field = form.elements[name];
      if (!field) { return; }
      var value = carried(field);
      if (value && value.length < 300) { address.searchParams.set(name, value); } else { address.searchParams.delete(name); }
    });
    link.href = address.href;
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
    document.querySelectorAll("form button[aria-busy]").forEach(function (button) {
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
    var field = document.querySelector(".banner > .search-box input");
    var typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && field && field.offsetParent) {
      event.preventDefault();
      field.focus();
    }
    if (event.key !== "Escape") { return; }
    var menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // A part that is renewed keeps the place of its reader: what was unfolded
  // stays so, and the focus goes to the same control. htmx looks after those
  // that have an id; the others are found by what they are called. Where the
  // control is gone, the focus goes to the nearest part that is still there.
  var place = null;
  var stops = "a[href], button, input, select, textarea, summary, [tabindex]";

  function called(e) { return e.tagName + " " + (e.getAttribute("aria-label") || e.name || e.textContent.trim()); }

  function alike(root, e) {
    var name = called(e);
    return [].filter.call(root.querySelectorAll(stops), function (other) { return called(other) === name; });
  }

  function keepPlace(event) {
    var root = event.detail.target instanceof Element ? event.detail.target : event.target, e = document.activeElement, parts = [];
    var open = [].map.call(root.querySelectorAll("details[open] > summary"), called);
    if (!e || !root.contains(e)) { place = { root: root, open: open }; return; }
    for (var part = e; part && part !== document.body; part = part.parentElement) { if (part.id) { parts.push(part.id); } }
    place = { root: root, open: open, was: e, nth: alike(root, e).indexOf(e), parts: parts };
  }

  function findPlace() {
    var kept = place;
    place = null;
    if (!kept) { return; }
    kept.root.querySelectorAll("details:not([open]) > summary").forEach(function (summary) {
      if (kept.open.indexOf(called(summary)) >= 0) { summary.parentElement.open = true; }
    });
    if (!kept.was || document.activeElement !== document.body) { return; }
    var same = alike(kept.root, kept.was);
    var next = same[Math.min(Math.max(kept.nth, 0), same.length - 1)];
    if (!next) {
      next = kept.parts.map(function (id) { return document.getElementById(id); }).filter(Boolean)[0];
      if (!next) { return; }
      if (!next.matches(stops)) { next.tabIndex = -1; }
    }
    next.focus({ preventScroll: true });
  }

  // On paper nothing can be unfolded: it is before printing, and folded again
  // afterwards. Tokens stay folded.
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open], .menu, .shown-token)").forEach(function (e) { e.open = true; e.dataset.printed = ""; });
  });
  addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-printed]").forEach(function (e) { e.open = false; delete e.dataset.printed; });
  });

  // Facts grow old on a page that is left open: after five minutes it says so
  // and offers to read again, as the server does.
  function span(seconds) {
    if (seconds < 60) { return seconds + " s ago"; }
    var n = Math.floor(seconds / 60);
    if (n < 60) { return n === 1 ? "1 minute ago" : n + " minutes ago"; }
    n = Math.floor(n / 60);
    return n === 1 ? "1 hour ago" : n + " hours ago";
  }

  function grow(facts, opened) {
    var seconds = facts.age + Math.round((Date.now() - opened) / 1000);
    facts.words.textContent = span(seconds);
    if (seconds <= 300) { return; }
    facts.box.classList.add("status-warn");
    facts.box.querySelectorAll(".stale").forEach(function (e) { e.hidden = false; });
  }

  // The age comes from the server: the reader's clock may be wrong.
  function watchAge() {
    var opened = Date.now();
    var all = [].map.call(document.querySelectorAll("[data-age]"), function (box) {
      return { box: box, words: box.querySelector(".ago"), age: Number(box.dataset.age) };
    });
    if (all.length) { setInterval(function () { all.forEach(function (facts) { grow(facts, opened); }); }, 10000); }
  }

  // The red button of a dialog waits for the name to be typed.
  function watchName(form) {
    var field = form.querySelector("#f-typed"), button = form.querySelector(".button-destroy"), reason = form.querySelector("#dialog-reason");
    if (!field || !button || !reason) { return; }
    function check() {
      button.disabled = field.value.trim() !== form.dataset.confirm;
      reason.hidden = !button.disabled;
    }
    button.setAttribute("aria-describedby", reason.id);
    field.addEventListener("input", check);
    check();
  }

  // The bar over a table comes with the first tick, and counts those of other
  // pages too.
  function watchTicks(bar) {
    var form = bar.closest("form"), words = bar.querySelector(".bulk-count"), elsewhere = Number(bar.dataset.elsewhere || 0);
    function count() {
      var n = form.querySelectorAll(".tick input:checked").length + elsewhere;
      if (bar.dataset.all === "true") { return; }
      bar.hidden = n === 0;
      words.textContent = n + " selected";
    }
    form.addEventListener("change", count);
    form.addEventListener("reset", function () { setTimeout(function () { count(); form.querySelector(".tick input").focus(); }); });
    count();
  }

  // A page that waits for something asks again by itself.
  function watchReload(part) {
    setTimeout(function () { location.reload(); }, Number(part.dataset.reload) * 1000);
  }

  document.addEventListener("htmx:beforeSwap", keepPlace);
  document.addEventListener("htmx:sseBeforeMessage", keepPlace);
  document.addEventListener("htmx:afterSettle", function (event) { enhance(event.target); findPlace(); });
  document.addEventListener("htmx:sseMessage", function (event) { enhance(event.target); findPlace(); });

  enhance(document);
  watchAge();
  document.querySelectorAll("form[data-confirm]").forEach(watchName);
  document.querySelectorAll(".bulk").forEach(watchTicks);
  document.querySelectorAll("[data-reload]").forEach(watchReload);
  document.querySelectorAll(".search-box kbd").forEach(function (key) { key.hidden = false; });
  document.querySelectorAll(".tabs [aria-current]").forEach(function (tab) {
    var row = tab.closest(".tabs");
    row.scrollLeft = tab.offsetLeft + tab.offsetWidth + 48 - row.clientWidth;
  });
})();
