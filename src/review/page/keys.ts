// The one table of keys. Buttons, the help and the tests are made from it.
//
// A letter is the one on the key's cap (so y and z are where a German keyboard has them); where the layout has no Latin
// letters, it is the one of the key's place.

export type Where = "queue" | "image" | "list" | "bulk" | "conflict" | "disputes" | "people" | "audits" | "all";
export interface Binding { keys: string[]; action: string; where: Where[]; short: string; help: string }

const row = (where: Where | Where[], keys: string, action: string, short: string, help = ""): Binding =>
  ({ keys: keys.split(" "), action, where: Array.isArray(where) ? where : [where], short, help: help || short });

export const kBindings: Binding[] = [
  row("queue", "Enter", "start", "start", "review the queue that is marked"),
  row("queue", "ArrowDown", "queue-down", "next queue"),
  row("queue", "ArrowUp", "queue-up", "queue before"),
  row("queue", "d", "disputes", "disputes", "disputed and unsure images (arbiters)"),
  row("queue", "p", "people", "readers", "how everybody reads: pace, checks, second readings"),
  row("queue", "a", "audits", "audits", "audits: their state, and what may be promised"),
  row("queue", "Shift+q", "logout", "log out"),

  row("image", "Enter", "done", "accept all, done", "accept what is shown, done, next image"),
  row("image", "o", "ok", "OK, nothing here", "OK: nothing here; done, next image"),
  row("image", "n", "ng", "NG", "NG, place unknown; done, next image"),
  row("image", "u", "unsure", "unsure", "unsure: an arbiter decides; next image"),
  row("image", "Space", "skip", "skip", "next image, no decision"),
  row("image", "Shift+Space", "back", "image before", "the image before, no decision"),
  row("image", "Tab", "object-next", "next object", "next object; the view goes to it (z: off)"),
  row("image", "Shift+Tab", "object-previous", "object before"),
  row("image", "a", "accept", "accept object", "accept the object, go to the next"),
  row("image", "x", "reject", "reject object", "reject the object, go to the next"),
  row("image", "1 2 3 4 5 6 7 8 9 0", "class", "class", "class of the object; with none chosen, of the image"),
  row("image", "c", "classes", "class list", "choose a class by its name"),
  row("image", "b", "box", "draw a box", "draw a box (also Shift and drag)"),
  row("image", "g", "polygon", "outline", "draw an outline: click corners, or drag; Enter closes, ⌫ takes a corner back"),
  row("image", "p", "point", "point", "mark points"),
  row("image", "k", "brush", "brush", "paint a mask: Shift erases, Esc begins a new one"),
  row("image", "[", "brush-smaller", "smaller brush"),
  row("image", "]", "brush-larger", "larger brush"),
  row("image", "Delete", "remove", "remove object"),
  row("image", "ArrowLeft ArrowRight ArrowUp ArrowDown", "move", "move", "move the object by 1 pixel; with none chosen, the view"),
  row("image", "Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown", "move-far", "move by 10"),
  row("image", "Alt+ArrowLeft Alt+ArrowRight Alt+ArrowUp Alt+ArrowDown", "stretch", "stretch", "move its right or bottom side"),
  row("image", "+ =", "zoom-in", "zoom in", "zoom in (also the wheel, at the pointer)"),
  row("image", "-", "zoom-out", "zoom out"),
  row("image", "f", "fit", "fit"),
  row("image", "r", "one-to-one", "1:1", "one image pixel is one screen pixel"),
  row("image", "z", "follow", "view follows object", "whether the view goes to the chosen object"),
  row("image", "v", "keep-view", "keep view", "keep this view for the next image"),
  row("image", "h", "hide", "hide all", "while held: the image alone"),
  row("image", "m", "markings", "model's objects", "the model's objects on or off"),
  row("image", "l", "labels", "people's objects", "people's objects on or off"),
  row("image", "t", "heat", "heat", "the model's heat on or off"),
  row("image", "Shift+t", "heat-strength", "heat strength", "the heat fainter or stronger"),
  row("image", ",", "darker", "darker"),
  row("image", ".", "brighter", "brighter"),
  row("image", "w", "contrast", "contrast", "more contrast on or off"),
  row("image", "q", "invert", "invert", "invert the image"),
  row("image", "j", "note", "note", "one line that goes with the decision"),
  row("image", "i", "evidence", "evidence, history", "the model's scores and the image's history"),
  row("image", "s", "like-this", "all like this", "all undecided of this class, with at least this evidence"),
  row("image", "e", "reopen", "open again", "take back that the image is done"),

  row("list", "ArrowLeft ArrowRight ArrowUp ArrowDown", "cursor", "move"),
  row("list", "Space", "choose", "choose", "choose the image or leave it out"),
  row("list", "Ctrl+a", "choose-all", "choose all shown"),
  row("list", "Enter", "open", "open"),
  row("list", "o", "bulk-ok", "OK", "OK for all that are chosen (after a preview)"),
  row("list", "n", "bulk-ng", "NG", "NG for all that are chosen (after a preview)"),
  row("list", "a", "bulk-accept", "accept objects", "accept the undecided objects of all that are chosen"),
  row("list", "x", "bulk-reject", "reject objects", "reject the undecided objects of all that are chosen"),
  row("list", "f", "filter", "filter", "go to the filter"),

  row("bulk", "Enter", "apply", "apply", "do it to all that are counted"),
  row("bulk", "a", "as-accept", "accept instead"),
  row("bulk", "x", "as-reject", "reject instead"),
  row("conflict", "t", "theirs", "take theirs", "drop what you did, go on with what is stored"),
  row("conflict", "m", "mine", "do mine again", "do what you did again, on top of what is stored"),
  row("disputes", "a", "take-a", "A is right"),
  row("disputes", "b", "take-b", "B is right"),
  row("disputes", "o", "arbitrate-ok", "OK"),
  row("disputes", "n", "arbitrate-ng", "NG"),
  row("disputes", "Space", "dispute-next", "next"),

  row(["image", "list", "queue", "disputes"], "Ctrl+z Backspace", "undo", "undo", "undo your last decision, on the server"),
  row(["image", "list", "queue", "disputes"], "Ctrl+y Ctrl+Shift+z", "redo", "redo"),
  row(["image", "queue"], "/", "list", "list", "all images, with a filter"),
  row("all", "Escape", "leave", "back", "leave the tool, the object, the view"),
  row("all", "?", "help", "all keys"),
];

export function comboOf(event: { key: string; code: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean;
                                 shiftKey: boolean }): string {
  let key = event.key === " " ? "Space" : event.key;
  if (key.length === 1 && key.charCodeAt(0) > 127 && /^Key[A-Z]$/.test(event.code)) key = event.code[3];
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit && !event.shiftKey && !event.altKey) key = digit[1];
  if (event.code === "Backspace") key = "Backspace";
  const symbol = key.length === 1 && !/[a-z]/i.test(key);  // Shift, and AltGr (Ctrl and Alt), are part of how it is typed
  if (key.length === 1) key = key.toLowerCase();
  const typed = symbol && event.ctrlKey && event.altKey;
  return ((event.ctrlKey || event.metaKey) && !typed ? "Ctrl+" : "") + (event.altKey && !symbol ? "Alt+" : "") +
         (event.shiftKey && !symbol ? "Shift+" : "") + key;
}

export function bindingFor(where: Where, combo: string): Binding | null {
  return kBindings.find((one) => (one.where.includes(where) || one.where.includes("all")) && one.keys.includes(combo)) ?? null;
}

const kNames: Record<string, string> = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc",
                                         Delete: "Del", Backspace: "⌫" };
export function keyName(combo: string): string {
  return combo.split("+").map((part, i, all) => part === "" ? (i === all.length - 1 ? "+" : "") : kNames[part] ?? part)
    .filter((part) => part !== "").join(" ");
}
export function firstKey(action: string, where?: Where): string {
  const found = kBindings.find((one) => one.action === action && (!where || one.where.includes(where)));
  if (!found) return "";
  return found.keys.length === 10 ? "1–9" : found.keys.length === 4 ? found.keys.map(keyName).join("").replace(/Shift |Alt /g, "")
                                                                    : keyName(found.keys[0]);
}
