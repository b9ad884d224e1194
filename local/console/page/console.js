const SECONDS = 2;
const main = document.getElementById("main");
const live = document.getElementById("live");
const pause = document.getElementById("pause");

const mark = () => {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
  }
};

const pathTo = (element) => {
  const path = [];
  for (let at = element; at && at !== main; at = at.parentElement) {
    path.unshift([...at.parentElement.children].indexOf(at));
  }
  return path;
};
const at = (path) => path.reduce((found, place) => found?.children[place], main);

const swap = (fresh) => {
  if (fresh.innerHTML === main.innerHTML) return;
  const focused = main.contains(document.activeElement) && document.activeElement !== main;
  const path = focused ? pathTo(document.activeElement) : null;
  const open = [...main.querySelectorAll("details")].map((each) => each.open);
  main.replaceChildren(...document.importNode(fresh, true).childNodes);
  main.querySelectorAll("details").forEach((each, k) => { each.open = open[k] ?? each.open; });
  if (path) at(path)?.focus({ preventScroll: true });
};

const say = (text) => { if (live.textContent !== text) live.textContent = text; };

const look = async () => {
  if (document.hidden || pause.getAttribute("aria-pressed") === "true") return;
  if (!getSelection().isCollapsed) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh) throw new Error("no page");
    swap(fresh);
    page.querySelectorAll("nav ul").forEach((list, k) => {
      const shown = document.querySelectorAll("nav ul")[k];
      if (list.children.length !== shown.children.length) shown.replaceWith(document.importNode(list, true));
    });
    mark();
    say("live: looked at every two seconds");
  } catch {
    say("the local cloud does not answer");
  }
};

pause.hidden = false;
pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(paused));
  say(paused ? "paused" : "live: looked at every two seconds");
});
mark();
say("live: looked at every two seconds");
const again = async () => { await look(); setTimeout(again, 1000 * SECONDS); };
setTimeout(again, 1000 * SECONDS);
