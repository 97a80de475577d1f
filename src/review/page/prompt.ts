// One line of text, or one of a list, asked for in a window.

import { h } from "./dom";
import { openDialog } from "./stage";

export function askLine(title: string, text: string, save: (text: string) => void): void {
  const input = h("input", { maxlength: 200, "aria-label": title, value: text });
  let shut = (): void => {};
  const form = h("form", { submit: (event: Event) => { event.preventDefault(); shut(); save(input.value.trim()); } }, input,
                 h("footer", {}, h("button", { type: "submit", class: "primary action" }, "keep", h("kbd", {}, "Enter"))));
  shut = openDialog("all", title, {}, () => {}, form);
  input.focus();
  input.select();
}

// Letters narrow the list; Enter takes the first.
export function askChoice(title: string, choices: { id: number; name: string; hint: string }[], take: (id: number) => void): void {
  const input = h("input", { "aria-label": title, placeholder: "letters of the name" });
  const list = h("div", { class: "choices" });
  let shut = (): void => {};
  const fits = () => choices.filter((one) => one.name.toLowerCase().includes(input.value.trim().toLowerCase()));
  const chosen = (id: number): void => { shut(); take(id); };
  const fill = (): void => list.replaceChildren(...fits().slice(0, 50).map((one, i) =>
    h("button", { type: "button", class: i === 0 ? "choice first" : "choice", click: () => chosen(one.id) }, one.name,
      one.hint ? h("kbd", {}, one.hint) : null)));
  input.addEventListener("input", fill);
  fill();
  shut = openDialog("all", title, {}, () => {},
    h("form", { submit: (event: Event) => { event.preventDefault(); const first = fits()[0]; if (first) chosen(first.id); } },
      input, list));
  input.focus();
}
