// Reloads the page when the site was built anew, and shows what is wrong while it cannot be built.
(() => {
  "use strict";
  const tag = document.currentScript;
  let source = null;
  let overlay = null;
  let dismissed = "";

  const shown = () => tag.dataset.root;
  const here = () => decodeURIComponent(location.pathname).replace(/^\//, "");

  function box(parent, css) {
    const outer = document.createElement("div");
    outer.id = "publish-problems";
    outer.setAttribute("role", "alert");
    outer.style.cssText = "all:initial;position:fixed;z-index:2147483647;overflow:auto;" + css;
    parent.append(outer);
    return outer;
  }

  function element(name, text, css) {
    const made = document.createElement(name);
    made.textContent = text;
    made.style.cssText = css || "";
    return made;
  }

  function list(problems) {
    const made = element("ul", "", "padding-left:1.2rem;font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere");
    for (const problem of problems) made.append(element("li", problem.text));
    return made;
  }

  function close(text, css) {
    const made = element("button", "Close", css);
    made.onclick = () => {
      hide();
      dismissed = text;
    };
    return made;
  }

  // Nothing could be built: the page below is older than what is on the disk.
  function cover(problems, text) {
    overlay = box(document.documentElement, "inset:0;background:#1c1c1ce6");
    const inside = element(
      "div",
      "",
      "max-width:60rem;margin:3rem auto;padding:1.5rem 2rem;background:#fff;color:#222;border-top:6px solid #c22;" +
        "font:16px/1.5 system-ui,sans-serif;color-scheme:light",
    );
    const title = element("strong", "The site cannot be built. This page is from the last build that succeeded.");
    inside.append(close(text, "float:right;font:inherit"), title, list(problems));
    overlay.attachShadow({ mode: "open" }).append(inside);
  }

  // The page below is new. Its own problems are listed at its foot. The problems of other pages are shown after a click.
  function foot(problems, text) {
    overlay = box(document.documentElement, "inset:auto 0 0 0;max-height:50vh");
    const inside = element(
      "div",
      "",
      "padding:.5rem 1rem;background:#fff;color:#222;border-top:4px solid #c22;" +
        "font:14px/1.5 system-ui,sans-serif;color-scheme:light",
    );
    const mine = problems.filter((problem) => problem.url === here());
    const others = problems.filter((problem) => problem.url !== here());
    inside.append(close(text, "float:right;font:inherit"));
    if (mine.length) inside.append(element("strong", "On this page"), list(mine));
    if (others.length) {
      const more = document.createElement("details");
      more.append(element("summary", `Elsewhere in the site: ${others.length}`, "cursor:pointer"), list(others));
      inside.append(more);
    }
    overlay.attachShadow({ mode: "open" }).append(inside);
  }

  function show(state) {
    const text = texts(state);
    if (text === dismissed) return;
    hide();
    dismissed = "";
    if (state.broken) cover(state.problems, text);
    else foot(state.problems, text);
  }

  function hide() {
    if (overlay) overlay.remove();
    overlay = null;
  }

  const texts = (state) => state.problems.map((problem) => problem.text).join("\n");

  function hear(event) {
    const state = JSON.parse(event.data);
    if (state.root && state.root !== shown() && !state.broken) {
      location.reload();
      return;
    }
    if (state.problems.length) {
      if (shown()) show(state);
      else if (texts(state) !== tag.dataset.problems) location.reload();
      return;
    }
    hide();
    dismissed = "";
  }

  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("/.publish/events");
    source.onmessage = hear;
    source.onerror = () => {
      // The browser tries again by itself, unless the answer was not a stream of events.
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(listen, 1000);
      }
    };
  }

  function rest() {
    if (source) source.close();
    source = null;
  }

  // A browser opens few connections to a host: pages in the background give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
  listen();
})();
