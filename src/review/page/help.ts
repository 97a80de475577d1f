// Every key, from the table.

import { kBindings, keyName, type Where } from "./keys";
import { h } from "./dom";
import { actionButton, openDialog } from "./stage";

const kTitles: [Where, string][] = [["image", "Image"], ["queue", "Queues"], ["list", "List"], ["bulk", "Many at once"],
                                    ["disputes", "Disputes"], ["conflict", "Conflict"], ["all", "Everywhere"]];

export function showHelp(): void {
  const sections = kTitles.map(([where, title]) => {
    const rows = kBindings.filter((one) => one.where[0] === where).map((one) => {
      const four = one.keys.length === 4 ? one.keys[0].split("+").slice(0, -1) : [];
      const keys = one.keys.length === 10 ? ["1", "–", "9", "0"]
        : one.keys.length === 4 ? [...four, "←→↑↓"] : one.keys.map(keyName);
      return h("div", { class: "row" }, h("span", { class: "keys" }, ...keys.map((key) => key === "–" ? "–" : h("kbd", {}, key))),
               h("span", {}, one.help));
    });
    return h("section", {}, h("h3", {}, title), ...rows);
  });
  let shut = (): void => {};
  shut = openDialog("all", "Keys", { help: () => shut() }, () => {}, h("div", { class: "help" }, ...sections),
                    h("footer", {}, actionButton("leave", "all")));
}
