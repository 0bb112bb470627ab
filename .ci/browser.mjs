// Opens the pages of a folder in headless Chromium over its DevTools protocol, and looks at them as a
// reviewer would: node browser.mjs BROWSER FOLDER. Screenshots are written beside the pages.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [browser, folder] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "rolecall-browser-"));
// Commands and answers go through two pipes, each message ended by a zero byte: no port, no library.
const chromium = spawn(
  browser,
  ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
    `--user-data-dir=${profile}`, "--no-first-run", "--disable-background-networking", "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
);
const [commands, answers] = [chromium.stdio[3], chromium.stdio[4]];
const waiting = new Map();
const listeners = new Set();
let rest = Buffer.alloc(0);
answers.on("data", (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
    const message = JSON.parse(rest.subarray(0, end).toString());
    rest = rest.subarray(end + 1);
    if (message.id === undefined) {
      for (const listener of listeners) listener(message);
      continue;
    }
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }
});
let last = 0;
const send = (method, params = {}, sessionId = undefined) =>
  new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    commands.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });

const wrong = [];
const check = (page, holds, what) => {
  if (!holds) wrong.push(`${page}: ${what}`);
};

// A tab at a width; `said` collects what the browser complains of, and every request but the page's.
const open = async (page, width, scheme, scripts) => {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const on = (method, params) => send(method, params, sessionId);
  const said = [];
  const url = pathToFileURL(join(folder, page)).href;
  let loaded;
  const isLoaded = new Promise((resolve) => { loaded = resolve; });
  const listener = ({ method, params, sessionId: of }) => {
    if (of !== sessionId) return;
    if (method === "Runtime.exceptionThrown") said.push(params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled") said.push(`console: ${params.type}`);
    if (method === "Log.entryAdded") said.push(params.entry.text);
    if (method === "Audits.issueAdded") said.push(`issue: ${params.issue.code} ${JSON.stringify(params.issue.details)}`);
    if (method === "Page.javascriptDialogOpening") said.push(`dialog: ${params.message}`);
    if (method === "Network.requestWillBeSent" && params.request.url !== url) said.push(`request: ${params.request.url}`);
    if (method === "Page.loadEventFired") loaded();
  };
  listeners.add(listener);
  for (const domain of ["Page", "Runtime", "Log", "Audits", "Network"]) await on(`${domain}.enable`);
  await on("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
  await on("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await on("Emulation.setScriptExecutionDisabled", { value: !scripts });
  const began = Date.now();
  await on("Page.navigate", { url });
  await isLoaded;
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await on("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${page}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  const close = async () => {
    listeners.delete(listener);
    await send("Target.closeTarget", { targetId });
  };
  return { on, said, evaluate, close, took: Date.now() - began };
};

const shoot = async (tab, file, height) => {
  const clip = { x: 0, y: 0, width: await tab.evaluate("innerWidth"), height, scale: 1 };
  const { data } = await tab.on("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
  writeFileSync(join(folder, file), Buffer.from(data, "base64"));
};

const rows = "[...document.querySelectorAll('[data-rows] > li')]";
// Of the row itself: what is in it is not laid out while it is out of sight.
const visible = `${rows}.filter((row) => getComputedStyle(row).display !== "none").length`;
const type = (text) => `(async () => {
  const box = document.querySelector("#filter input");
  box.value = ${JSON.stringify(text)};
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve, 300));
})()`;
// The contrast of every text with what is behind it (WCAG 2.1, 1.4.3), the least of all.
const contrast = `(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  let least = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let seen = 0; walker.nextNode() && seen < 2000; seen += 1) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("script, style") || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(rgb(getComputedStyle(behind ?? document.body).backgroundColor))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 120)];
  }
  return least;
})()`;

try {
  for (const page of readdirSync(folder).filter((name) => name.endsWith(".html")).sort()) {
    const name = page.replace(/\.html$/, "");
    for (const [width, scheme, scripts] of [[1280, "light", true], [390, "light", true], [1280, "dark", true], [390, "dark", true], [390, "light", false]]) {
      const at = `${page} at ${width}, ${scheme}${scripts ? "" : ", no scripts"}`;
      const tab = await open(page, width, scheme, scripts);
      if (scripts || name !== "large") {
        await shoot(tab, `${name}-${width}-${scheme}${scripts ? "" : "-plain"}.png`, Math.min(await tab.evaluate("document.documentElement.scrollHeight"), 3000));
      }
      const overflow = await tab.evaluate("document.documentElement.scrollWidth - innerWidth");
      check(at, overflow <= 0, `${overflow} pixels too wide`);
      check(at, (await tab.evaluate("document.title")).includes("rolecall"), "the title was changed");
      const links = await tab.evaluate("[...document.querySelectorAll('[src], [href]')].filter((one) => !one.getAttribute('href')?.startsWith('#')).length");
      check(at, links === 0, `${links} links to something outside of it`);
      const all = await tab.evaluate(`${rows}.length`);
      check(at, name !== "large" || all >= 10000, `only ${all} rows`);
      check(at, all > 0 && (await tab.evaluate(visible)) === all, "some rows do not show at first");
      check(at, (await tab.evaluate("document.querySelector('#filter').checkVisibility()")) === scripts, "the filter shows where it cannot work");
      if (name !== "large") {
        const [ratio, where] = await tab.evaluate(contrast);
        check(at, ratio >= 4.5, `a contrast of ${ratio.toFixed(2)} only: ${where}`);
      }
      if (scripts) {
        const word = { large: "number77@", hostile: "ana", applied: "nothing has this word" }[name] ?? "underwriter";
        const expected = await tab.evaluate(`${rows}.filter((row) => row.textContent.toLowerCase().includes(${JSON.stringify(word)})).length`);
        await tab.evaluate(type(word));
        const left = await tab.evaluate(visible);
        check(at, left === expected && left < all, `${left} of ${all} rows after typing \`${word}\`, not ${expected}`);
        check(at, (await tab.evaluate("document.querySelector('#filter output').textContent")).startsWith(`${left} of `), "the rows are not counted");
        if (width === 1280 && scheme === "light") {
          await shoot(tab, `${name}-filtered.png`, 900);
          process.stdout.write(`   ${page}: ${all} rows, ${left} with \`${word}\`; loaded in ${tab.took} ms\n`);
        }
        await tab.evaluate(type(""));
        check(at, (await tab.evaluate(visible)) === all, "the rows do not come back");
      }
      check(at, tab.said.length === 0, tab.said.join("; "));
      await tab.close();
    }
  }
} finally {
  chromium.kill();
  await new Promise((resolve) => chromium.on("exit", resolve));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
if (wrong.length > 0) {
  process.stdout.write(`${wrong.join("\n")}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write("   no error, nothing fetched, the filter works, nothing is wider than the window\n");
}
