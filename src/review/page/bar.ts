// The line above every view.

import type { App } from "./app";
import { h, type Child } from "./dom";
import { actionButton } from "./stage";
import type { Where } from "./keys";

export function bar(app: App, where: Where, title: string, ...middle: Child[]): HTMLElement {
  return h("header", { class: "bar" },
    h("a", { class: "brand", href: "#/" }, app.project.name), h("strong", {}, title),
    ...middle, h("span", { class: "space" }), h("span", { id: "saving" }, app.outbox.size ? `saving ${app.outbox.size}` : "saved"),
    h("span", { class: "who" }, `${app.person.name} · ${app.person.role}`),
    where === "queue" ? actionButton("logout", "queue") : null, actionButton("help", "all", { text: "keys" }));
}

export function progress(done: number, total: number): HTMLElement {
  const meter = h("progress", { max: Math.max(total, 1), value: done, "aria-label": "done" });
  return meter;
}
