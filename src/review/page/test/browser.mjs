// Drives headless Chromium over a pipe (--remote-debugging-pipe: JSON separated by NUL, on descriptors 3 and 4).
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kPaths = [process.env.PAUCAL_CHROMIUM, "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
export const findBrowser = () => kPaths.find((path) => path && existsSync(path)) ?? null;

export async function openBrowser({ width = 1280, height = 800, dark = false } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "paucal-page-"));
  const child = spawn(findBrowser(), ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", `--user-data-dir=${profile}`,
    "--remote-debugging-pipe", `--window-size=${width},${height}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  let text = "", next = 1;
  const waiting = new Map(), listeners = [];
  child.stdio[4].on("data", (part) => {
    text += part;
    for (let end; (end = text.indexOf("\0")) >= 0; text = text.slice(end + 1)) {
      const message = JSON.parse(text.slice(0, end));
      if (message.id) {
        const { done, failed } = waiting.get(message.id) ?? {};
        waiting.delete(message.id);
        if (message.error) failed?.(new Error(message.error.message)); else done?.(message.result);
      } else listeners.forEach((listener) => listener(message.method, message.params));
    }
  });
  let session;
  const send = (method, params = {}) => new Promise((done, failed) => {
    const id = next++;
    waiting.set(id, { done, failed });
    child.stdio[3].write(JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }) + "\0");
  });
  const { targetInfos } = await send("Target.getTargets");
  const target = targetInfos.find((one) => one.type === "page") ?? await send("Target.createTarget", { url: "about:blank" });
  session = (await send("Target.attachToTarget", { targetId: target.targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });

  const requests = [], problems = [];
  listeners.push((method, params) => {
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
    if (method === "Runtime.exceptionThrown") problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Log.entryAdded" && (params.entry.source === "security" || /Content Security Policy|TrustedHTML/.test(params.entry.text))) problems.push(params.entry.text);
  });
  await send("Page.addScriptToEvaluateOnNewDocument", { source: "addEventListener('securitypolicyviolation', (e) => { (window.violations ??= []).push(e.violatedDirective + ' ' + e.blockedURI); });" });

  const run = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  const until = async (expression, seconds = Number(process.env.PATIENCE ?? 60)) => {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      let value;
      try { value = typeof expression === "string" ? await run(expression) : await expression(); } catch (error) { if (Date.now() > end) throw error; }
      if (value) return value;
      if (Date.now() > end) throw new Error(`did not come about: ${expression}`);
      await new Promise((done) => setTimeout(done, 25));
    }
  };
  const kCodes = { Space: [" ", "Space", 32], Enter: ["Enter", "Enter", 13], Tab: ["Tab", "Tab", 9], Escape: ["Escape", "Escape", 27], Delete: ["Delete", "Delete", 46],
    Backspace: ["Backspace", "Backspace", 8], ArrowLeft: ["ArrowLeft", "ArrowLeft", 37], ArrowUp: ["ArrowUp", "ArrowUp", 38], ArrowRight: ["ArrowRight", "ArrowRight", 39],
    ArrowDown: ["ArrowDown", "ArrowDown", 40] };
  const press = async (combo, type = "both") => {
    const parts = combo === "+" ? ["+"] : combo.split("+"), name = parts.pop();
    const modifiers = (parts.includes("Alt") ? 1 : 0) + (parts.includes("Ctrl") ? 2 : 0) + (parts.includes("Shift") ? 8 : 0);
    const upper = parts.includes("Shift") && /^[a-z]$/.test(name);
    const [key, code, number] = kCodes[name] ?? [upper ? name.toUpperCase() : name, /^[a-z]$/.test(name) ? `Key${name.toUpperCase()}` : /^\d$/.test(name) ? `Digit${name}` : "",
                                                 /^[a-z0-9]$/.test(name) ? name.toUpperCase().charCodeAt(0) : 0];
    const common = { modifiers, key, code, windowsVirtualKeyCode: number };
    if (type !== "up") await send("Input.dispatchKeyEvent", { type: name === "Enter" ? "keyDown" : "rawKeyDown", ...common, ...(name === "Enter" ? { text: "\r" } : {}) });
    if (type !== "down") await send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  };
  const mouse = (type, x, y, more = {}) => send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1, ...more });
  const close = async () => {
    const gone = new Promise((done) => child.on("exit", done));
    try { await Promise.race([send("Browser.close"), new Promise((done) => setTimeout(done, 3000))]); } catch { /* it is gone */ }
    child.kill("SIGKILL");
    await gone;
    // Its own children write into the profile for some time on a busy machine; a retry of rmSync
    // does not see what is new.
    for (let tries = 0; ; ++tries) {
      try { rmSync(profile, { recursive: true, force: true }); break; } catch (error) {
        if (tries === 100) throw error;
        await new Promise((done) => setTimeout(done, 200));
      }
    }
  };
  return { send, run, until, press, mouse, requests, problems, close,
           type: (words) => send("Input.insertText", { text: words }),
           goto: (url) => send("Page.navigate", { url }),
           shot: async () => Buffer.from((await send("Page.captureScreenshot", { format: "png" })).data, "base64") };
}
