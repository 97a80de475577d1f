// Elements from values. Text is text: nothing here reads HTML.

export type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: any) => void);

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, Value> = {},
                                                         ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child instanceof Node ||
                                                                       typeof child === "string"));
  return element;
}

export function place(id: "page" | "overlay", ...children: Child[]): void {
  const found = document.getElementById(id)!;
  found.replaceChildren(...children.filter((child): child is Node => child instanceof Node));
}

let hiding = 0;
export function toast(text: string, kind: "good" | "bad" = "good"): void {
  const found = document.getElementById("toast")!;
  found.textContent = text;
  found.className = `shown ${kind}`;
  window.clearTimeout(hiding);
  hiding = window.setTimeout(() => { found.className = ""; }, kind === "bad" ? 6000 : 2500);
}

export function plural(n: number, one: string, many = one + "s"): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
