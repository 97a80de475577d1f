// Which view has the keyboard, and how an action comes to it: by key or by button.

import { bindingFor, comboOf, firstKey, kBindings, keyName, type Where } from "./keys";
import { h } from "./dom";

export type Handlers = Record<string, (combo: string) => void>;
interface Layer { where: Where; handlers: Handlers; released?: (combo: string) => void }

const layers: Layer[] = [];  // the last one has the keyboard

// The view below everything: replaces all.
export function setBase(where: Where, handlers: Handlers, released?: (combo: string) => void): void {
  layers.length = 0;
  layers.push({ where, handlers, released });
  document.body.dataset.view = where;
}
export function pushLayer(where: Where, handlers: Handlers): void { layers.push({ where, handlers }); }
export function popLayer(): void { if (layers.length > 1) layers.pop(); }
export const topView = (): Where | null => layers.length ? layers[layers.length - 1].where : null;

export function act(action: string, combo = ""): boolean {
  const layer = layers[layers.length - 1];
  const handler = layer?.handlers[action];
  if (!handler) return false;
  document.body.dataset.lastAction = action;  // for bug reports and tests
  handler(combo);
  return true;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;

const repeats = /^(?:Shift\+|Alt\+)?Arrow|^[+=-]$|^[,.[\]]$|Tab$/;  // decisions do not repeat while a key is held

export function listen(): void {
  window.addEventListener("keydown", (event) => {
    const layer = layers[layers.length - 1];
    if (!layer || event.isComposing) return;
    const combo = comboOf(event);
    if (typing(event.target) && combo !== "Escape") return;
    if (event.target instanceof HTMLButtonElement && (combo === "Enter" || combo === "Space")) return;
    const binding = bindingFor(layer.where, combo);
    if (!binding) return;
    event.preventDefault();
    if (event.repeat && !repeats.test(combo)) return;
    act(binding.action, combo);
  });
  window.addEventListener("keyup", (event) => layers[layers.length - 1]?.released?.(comboOf(event)));
}

// A button of an action, with its key beside it. It never keeps the keyboard's focus after a click.
export function actionButton(action: string, where: Where, options: { text?: string; kind?: string } = {}): HTMLButtonElement {
  const binding = kBindings.find((one) => one.action === action && one.where.includes(where)) ??
                  kBindings.find((one) => one.action === action)!;
  const button = h("button", { type: "button", class: `action ${options.kind ?? ""}`, title: binding.help,
                               "data-action": action,
                               click: () => { button.blur(); act(action, binding.keys[0]); } },
                   h("span", {}, options.text ?? binding.short), h("kbd", {}, firstKey(action, where) || keyName(binding.keys[0])));
  return button;
}

// A window over the view; `close` runs when it is left.
export function openDialog(where: Where, title: string, handlers: Handlers, close: () => void, ...content: Node[]): () => void {
  const before = document.activeElement;
  const dialog = h("div", { class: `dialog ${where}`, role: "dialog", "aria-modal": "true", "aria-label": title },
                   h("h2", {}, title), ...content);
  const shade = h("div", { class: "shade" }, dialog);
  let open = true;
  const shut = (): void => {
    if (!open) return;
    open = false;
    popLayer();
    shade.remove();
    if (before instanceof HTMLElement) before.focus();
  };
  const leave = (): void => { shut(); close(); };
  pushLayer(where, { leave, ...handlers });
  document.getElementById("overlay")!.append(shade);
  dialog.tabIndex = -1;
  dialog.focus();
  return shut;
}
