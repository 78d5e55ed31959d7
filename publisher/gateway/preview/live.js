// Reloads the page when the site was built anew, and shows what is wrong while it cannot be built.
(() => {
  "use strict";
  const tag = document.currentScript;
  let source = null;
  let overlay = null;
  let dismissed = "";

  const shown = () => tag.dataset.root;

  function show(problems) {
    const text = problems.join("\n");
    if (text === dismissed) return;
    hide();
    dismissed = "";
    overlay = document.createElement("div");
    overlay.id = "publish-problems";
    overlay.setAttribute("role", "alert");
    overlay.style.cssText = "all:initial;position:fixed;inset:0;z-index:2147483647;overflow:auto;background:#1c1c1ce6";
    const inside = overlay.attachShadow({ mode: "open" });
    const box = document.createElement("div");
    box.style.cssText =
      "max-width:60rem;margin:3rem auto;padding:1.5rem 2rem;background:#fff;color:#222;border-top:6px solid #c22;" +
      "font:16px/1.5 system-ui,sans-serif;color-scheme:light";
    const title = document.createElement("strong");
    title.textContent = "The site cannot be built. This is the last one that could.";
    const close = document.createElement("button");
    close.textContent = "Close";
    close.style.cssText = "float:right;font:inherit";
    close.onclick = () => {
      hide();
      dismissed = text;
    };
    const list = document.createElement("ul");
    list.style.cssText = "padding-left:1.2rem;font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere";
    for (const problem of problems) {
      const item = document.createElement("li");
      item.textContent = problem;
      list.append(item);
    }
    box.append(close, title, list);
    inside.append(box);
    document.documentElement.append(overlay);
  }

  function hide() {
    if (overlay) overlay.remove();
    overlay = null;
  }

  function hear(event) {
    const state = JSON.parse(event.data);
    if (state.problems.length) {
      if (shown()) show(state.problems);
      else if (state.problems.join("\n") !== tag.dataset.problems) location.reload();
      return;
    }
    hide();
    dismissed = "";
    if (state.root && state.root !== shown()) location.reload();
  }

  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("/.publish/events");
    source.onmessage = hear;
    source.onerror = () => {
      // The browser tries again by itself, unless it was told something else than a stream of events.
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
