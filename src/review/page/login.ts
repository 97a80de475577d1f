// Who is there: a login, or, with the token that the server printed, the first user.

import { messageOf, post } from "./api";
import { h, place } from "./dom";
import { setBase } from "./stage";
import type { Person } from "./types";

export function showLogin(entered: (person: Person) => void, why = ""): void {
  setBase("all", {});
  document.body.dataset.view = "login";
  let setup = false;
  const name = h("input", { id: "name", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
  const password = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const token = h("input", { id: "token", autocomplete: "off", spellcheck: "false" });
  const tokenRow = h("label", { hidden: true }, "Setup token", token,
                     h("small", {}, "paucal review serve printed it when it started. Passwords have 10 characters or more."));
  const problem = h("p", { class: "problem", role: "alert" }, why);
  const button = h("button", { class: "primary", type: "submit" }, "Log in");
  const other = h("button", { class: "link", type: "button" }, "First start? Use the setup token");
  other.addEventListener("click", () => {
    setup = !setup;
    tokenRow.hidden = !setup;
    token.required = setup;
    password.autocomplete = setup ? "new-password" : "current-password";
    button.textContent = setup ? "Create the first user" : "Log in";
    other.textContent = setup ? "There is a user: log in" : "First start? Use the setup token";
    (setup ? token : name).focus();
  });
  const send = async (): Promise<void> => {
    problem.textContent = "";
    button.disabled = true;
    try {
      const body = { name: name.value, password: password.value, ...(setup ? { token: token.value.trim() } : {}) };
      entered(await post(setup ? "setup" : "login", body));
    } catch (error) {
      problem.textContent = messageOf(error).replace(/^\[\w+\] /, "");
      password.value = "";
      (setup ? token : password).focus();
    }
    button.disabled = false;
  };
  const form = h("form", { class: "card login", submit: (event: Event) => { event.preventDefault(); void send(); } },
                 h("h1", {}, "Paucal review"), tokenRow, h("label", {}, "Name", name), h("label", {}, "Password", password),
                 problem, button, other);
  place("page", h("main", { class: "centre" }, form));
  name.focus();
}
