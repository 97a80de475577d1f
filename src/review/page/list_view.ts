// All images as thumbnails, with a filter; what is chosen can be decided at once.

import { get, messageOf, thumbUrl } from "./api";
import { go, note, setReceiver, type App } from "./app";
import { bar } from "./bar";
import { classColour } from "./colours";
import { h, place, plural } from "./dom";
import { actionButton, setBase } from "./stage";
import { previewBulk } from "./bulk_view";
import { undoOrRedo } from "./undo";
import type { ListedImage } from "./types";

const kPage = 120;  // images of one request
const kFields = ["status", "verdict", "class", "min", "max", "order"];

function select(name: string, title: string, value: string, options: [string, string][]): HTMLElement {
  return h("label", {}, title, h("select", { name }, ...options.map(([key, text]) =>
    h("option", { value: key, selected: key === value }, text))));
}

export function showList(app: App, parameters: URLSearchParams): () => void {
  const { classes } = app.project;
  let images: ListedImage[] = [], total = 0, after: number | null = null, loading = false, closed = false, problem = "";
  let cursor = 0, generation = 0;
  const chosen = new Set<number>();
  const value = (name: string): string => parameters.get(name) ?? "";

  const filter = h("form", { class: "filter", submit: (event: Event) => { event.preventDefault(); (document.activeElement as HTMLElement)?.blur(); } },
    select("status", "Status", value("status"), [["", "any"], ["open", "open"], ["done", "done"], ["unsure", "unsure"], ["disputed", "disputed"]]),
    select("verdict", "Verdict", value("verdict"), [["", "any"], ["OK", "OK"], ["NG", "NG"]]),
    select("class", "Class", value("class"), [["", "any"], ...classes.map((one): [string, string] => [String(one.id), one.name])]),
    h("label", {}, "Score from", h("input", { name: "min", type: "number", step: "any", value: value("min") })),
    h("label", {}, "to", h("input", { name: "max", type: "number", step: "any", value: value("max") })),
    select("order", "Order", value("order"), [["", "as they came"], ["score", "score, low first"], ["-score", "score, high first"]]));
  const grid = h("div", { class: "grid", role: "listbox", "aria-multiselectable": "true", "aria-label": "images" });
  const count = h("span", { class: "count" });
  const end = h("div", { class: "end" });
  const watcher = new IntersectionObserver((entries) => { if (entries.some((one) => one.isIntersecting)) void more(); }, { rootMargin: "600px" });

  filter.addEventListener("change", () => {
    for (const [name, text] of new FormData(filter)) if (text) parameters.set(name, String(text)); else parameters.delete(name);
    note(parameters.toString() ? `#/list?${parameters}` : "#/list");
    void reload();
  });

  function card(image: ListedImage, index: number): HTMLElement {
    const label = classes.find((known) => known.id === (image.class ?? image.label));
    const contradicted = image.verdict !== null && label !== undefined && label.is_ok !== (image.verdict === "OK");
    const swatch = h("i", { class: "swatch" });
    if (label) swatch.style.backgroundColor = classColour(label.id);
    return h("button", { type: "button", class: "thumb", role: "option", tabindex: -1, "data-image": image.id, title: image.path ?? "",
        click: (event: MouseEvent) => { const from = cursor; cursor = index; if (event.shiftKey) chooseRange(from, index); else toggle(index); (event.currentTarget as HTMLElement).blur(); mark(); },
        dblclick: () => open(index) },
      h("img", { src: thumbUrl(image.id, 192), alt: "", loading: "lazy", decoding: "async" }),
      h("span", { class: `badge ${image.status} ${image.verdict ?? ""}` }, image.status === "done" ? image.verdict ?? "done" : image.status),
      h("span", { class: "caption" }, label ? swatch : null, h("span", { class: contradicted ? "name gone" : "name", title: contradicted ? "what it came as; the verdict says otherwise" : "" }, label?.name ?? image.path ?? `image ${image.id}`),
        h("span", { class: "number" }, image.score != null ? image.score.toFixed(2) : "")));
  }
  function mark(scroll = false): void {
    [...grid.children].forEach((child, i) => {
      child.classList.toggle("cursor", i === cursor);
      child.classList.toggle("chosen", chosen.has(images[i].id));
      child.setAttribute("aria-selected", String(chosen.has(images[i].id)));
    });
    count.textContent = `${plural(total, "image")}${chosen.size ? ` · ${chosen.size} chosen` : ""}`;
    document.body.dataset.chosen = String(chosen.size);
    if (scroll) grid.children[cursor]?.scrollIntoView({ block: "nearest" });
  }
  function toggle(index: number): void {
    const id = images[index]?.id;
    if (id !== undefined && !chosen.delete(id)) chosen.add(id);
  }
  function chooseRange(from: number, to: number): void {
    for (let i = Math.min(from, to); i <= Math.max(from, to); ++i) if (images[i]) chosen.add(images[i].id);
  }
  const open = (index: number): void => { if (images[index]) go(`#/image/${images[index].id}`); };

  async function more(): Promise<void> {
    if (loading || closed || (images.length > 0 && after === null)) return;
    loading = true;
    const mine = generation, query = new URLSearchParams(parameters);
    query.set("n", String(kPage));
    if (after !== null) query.set("after", String(after));
    try {
      const answer = await get(`images?${query}`);
      if (mine === generation && !closed) {
        const fresh = answer.images as ListedImage[], from = images.length;
        images.push(...fresh);
        total = answer.total ?? images.length;
        after = answer.next ?? null;
        grid.append(...fresh.map((image, i) => card(image, from + i)));
        problem = "";
      }
    } catch (error) {
      problem = messageOf(error);
      after = null;
    }
    loading = false;
    if (mine !== generation) return void more();
    end.textContent = problem || (images.length === 0 ? "No image fits this filter." : "");
    mark();
  }
  async function reload(): Promise<void> {
    ++generation;
    images = [];
    after = null;
    cursor = 0;
    chosen.clear();
    grid.replaceChildren();
    await more();
  }
  const columns = (): number => {
    const first = grid.children[0] as HTMLElement | undefined;
    return Math.max(1, [...grid.children].filter((child) => (child as HTMLElement).offsetTop === first?.offsetTop).length);
  };
  const step: Record<string, () => number> = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns };
  const wanted = (): number[] => chosen.size ? [...chosen] : images[cursor] ? [images[cursor].id] : [];
  const bulk = (ask: { action: "accept" | "reject" | "verdict"; verdict?: "OK" | "NG" }) => (): void => {
    const ids = wanted();
    if (ids.length) void previewBulk(app, { ...ask, images: ids }, () => void reload());
  };
  const undo = (what: "undo" | "redo") => (): void => void undoOrRedo(app, what, () => void reload());

  setReceiver(null);
  setBase("list", {
    cursor: (combo) => { cursor = Math.min(Math.max(cursor + step[combo](), 0), Math.max(images.length - 1, 0)); mark(true); },
    choose: () => { toggle(cursor); cursor = Math.min(cursor + 1, Math.max(images.length - 1, 0)); mark(true); },
    "choose-all": () => { if (chosen.size === images.length) chosen.clear(); else images.forEach((image) => chosen.add(image.id)); mark(); },
    open: () => open(cursor), filter: () => (filter.elements[0] as HTMLElement).focus(),
    "bulk-ok": bulk({ action: "verdict", verdict: "OK" }), "bulk-ng": bulk({ action: "verdict", verdict: "NG" }),
    "bulk-accept": bulk({ action: "accept" }), "bulk-reject": bulk({ action: "reject" }),
    undo: undo("undo"), redo: undo("redo"), help: () => app.help(),
    leave: () => { if (document.activeElement instanceof HTMLElement && filter.contains(document.activeElement)) document.activeElement.blur();
                   else if (chosen.size) { chosen.clear(); mark(); } else go("#/"); },
  });
  place("page", bar(app, "list", "All images", count), h("main", { class: "list" },
    h("div", { class: "tools" }, filter, h("div", { class: "buttons" }, actionButton("filter", "list"), actionButton("choose", "list"), actionButton("choose-all", "list", { text: "all shown" }),
      actionButton("bulk-ok", "list", { kind: "good" }), actionButton("bulk-ng", "list", { kind: "bad" }),
      actionButton("bulk-accept", "list"), actionButton("bulk-reject", "list"), actionButton("undo", "list"), actionButton("open", "list"),
      actionButton("leave", "all"))),
    h("div", { class: "scroll" }, grid, end)));
  watcher.observe(end);
  for (const name of [...parameters.keys()]) if (!kFields.includes(name)) parameters.delete(name);
  void reload();
  return () => { closed = true; watcher.disconnect(); };
}
