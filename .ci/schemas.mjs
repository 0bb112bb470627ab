// The files under tests/schemas, judged by rolecall's schema stage and by three validators of others.
//
// Arguments: the binary, the folder in which the validators are installed, and one for scratch. A file is
// judged by the schema that its name begins with. It says in its first lines where a validator is known to
// read the YAML itself otherwise than YAML 1.2 has it (`# apart: NAME: reason`); that one must then disagree.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [rolecall, home, work] = process.argv.slice(2).map((path) => resolve(path));
const need = createRequire(join(home, "package.json"));
const schemas = readdirSync("schemas").map((name) => name.replace(".schema.json", ""));
const schemaFile = (name) => resolve("schemas", `${name}.schema.json`);
const corpus = ["good", "bad"].flatMap((verdict) =>
  readdirSync(join("tests/schemas", verdict)).sort().map((name) => {
    const path = resolve("tests/schemas", verdict, name);
    const text = readFileSync(path, "utf8");
    const schema = schemas.filter((one) => name.startsWith(`${one}-`)).sort((a, b) => b.length - a.length)[0];
    if (!schema) throw new Error(`${name}: there is no schema of this name`);
    const apart = [...text.matchAll(/^# apart: ([^:]+): .+$/gm)].flatMap((line) => line[1].split(", "));
    return { name, path, text, schema, verdict, apart, said: {} };
  }),
);
const bySchema = new Map(schemas.map((schema) => [schema, corpus.filter((file) => file.schema === schema)]));

// What rolecall says: is there a finding of the schema stage in this very file?
function byRolecall() {
  const explained = JSON.parse(execFileSync(rolecall, ["explain", "--format", "json"], { encoding: "utf8" }));
  const codes = new Set(explained.codes.filter((code) => code.stage === "schema").map((code) => code.code));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ROLECALL_")));
  const manifest = join(work, "manifest.yaml");
  writeFileSync(manifest, "roles: {}\n");
  for (const file of corpus) {
    // A request is read when its target is at hand; what rolecall says of these is tests/it/schema_corpus.rs.
    if (file.schema === "bulk") continue;
    let target = file.path;
    let words = ["--platform", file.schema, file.path];
    if (file.schema === "project") {
      const folder = join(work, file.name);
      mkdirSync(folder, { recursive: true });
      target = join(folder, "rolecall.yaml");
      copyFileSync(file.path, target);
      words = [folder];
    } else if (file.schema === "pack") {
      words = ["--platform", file.path, manifest];
    }
    const run = spawnSync(rolecall, ["validate", "--format", "json", ...words], { encoding: "utf8", env: environment, cwd: work });
    if (run.status !== 0 && run.status !== 10) throw new Error(`${file.name}: exit code ${run.status}\n${run.stderr}`);
    const found = JSON.parse(run.stdout).diagnostics.filter((one) => resolve(work, one.file) === target);
    file.said.rolecall = found.some((one) => codes.has(one.code)) ? "bad" : "good";
  }
}

function byCheckJsonschema() {
  for (const [schema, files] of bySchema) {
    const words = ["--schemafile", schemaFile(schema), "--output-format", "json", ...files.map((file) => file.path)];
    const run = spawnSync(join(home, "venv/bin/check-jsonschema"), words, { encoding: "utf8" });
    const answer = JSON.parse(run.stdout);
    const wrong = new Set([...(answer.errors ?? []), ...(answer.parse_errors ?? [])].map((one) => resolve(one.filename)));
    for (const file of files) file.said["check-jsonschema"] = wrong.has(file.path) ? "bad" : "good";
  }
}

// ajv reads no YAML; `yaml` does, by the core schema of YAML 1.2.
function byAjv() {
  const Ajv = need("ajv/dist/2020").default;
  const YAML = need("yaml");
  for (const [schema, files] of bySchema) {
    const ajv = new Ajv({ allErrors: true, strictSchema: true, strictTypes: false, strictRequired: false });
    ajv.addVocabulary(["x-absent", "x-expects", "x-one-rule", "x-required-rule", "x-rule"]);
    const validate = ajv.compile(JSON.parse(readFileSync(schemaFile(schema), "utf8")));
    for (const file of files) {
      const document = YAML.parseDocument(file.text, { version: "1.2", schema: "core" });
      file.said.ajv = document.errors.length === 0 && validate(document.toJS()) ? "good" : "bad";
    }
  }
}

// The server as an editor drives it: open every file, with the line that `init` and `pull` write into it, and
// take what it publishes.
async function byEditor() {
  const server = spawn(process.execPath, [join(home, "node_modules/yaml-language-server/bin/yaml-language-server"), "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let input = Buffer.alloc(0);
  let last = Date.now();
  const published = new Map();
  const answers = new Map();
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const receive = (message) => {
    if (message.method === "textDocument/publishDiagnostics") {
      published.set(message.params.uri, message.params.diagnostics);
      last = Date.now();
    } else if (message.method && message.id !== undefined) {
      // It may ask for settings again, and to register what it can do.
      send({ id: message.id, result: message.method === "workspace/configuration" ? message.params.items.map(() => null) : null });
    } else if (message.id !== undefined) {
      answers.get(message.id)?.(message.result);
    }
  };
  server.stdout.on("data", (piece) => {
    input = Buffer.concat([input, piece]);
    for (;;) {
      const head = input.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(input.subarray(0, head).toString())[1]);
      if (input.length < head + 4 + length) return;
      const body = input.subarray(head + 4, head + 4 + length).toString();
      input = input.subarray(head + 4 + length);
      receive(JSON.parse(body));
    }
  });
  const root = pathToFileURL(process.cwd()).href;
  const initialized = new Promise((done) => answers.set(1, done));
  send({ id: 1, method: "initialize", params: { processId: process.pid, rootUri: root, capabilities: {}, workspaceFolders: null } });
  await initialized;
  send({ method: "initialized", params: {} });
  const yaml = { validate: true, yamlVersion: "1.2", schemaStore: { enable: false } };
  send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml, http: {} } } });
  for (const file of corpus) {
    const uri = pathToFileURL(file.path).href;
    const text = `# yaml-language-server: $schema=${pathToFileURL(schemaFile(file.schema)).href}\n${file.text}`;
    send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  }
  const deadline = Date.now() + 120_000;
  const of = (file) => published.get(pathToFileURL(file.path).href);
  // Each file has an answer, and for a while there was no other one.
  while (corpus.some((file) => !of(file)) || Date.now() - last < 2_000) {
    if (Date.now() > deadline) throw new Error("yaml-language-server has not answered for every file in two minutes");
    await new Promise((done) => setTimeout(done, 100));
  }
  server.kill();
  for (const file of corpus) {
    file.said["yaml-language-server"] = of(file).length === 0 ? "good" : "bad";
    file.words = of(file).map((one) => one.message.split("\n")[0]);
  }
}

byRolecall();
byCheckJsonschema();
byAjv();
await byEditor();

let wrong = 0;
const judges = ["rolecall", "check-jsonschema", "ajv", "yaml-language-server"];
for (const file of corpus) {
  for (const judge of judges) {
    const expected = file.apart.includes(judge) === (file.verdict === "good") ? "bad" : "good";
    if (file.said[judge] === expected || !(judge in file.said)) continue;
    wrong += 1;
    console.log(`${file.verdict}/${basename(file.path)}: ${judge} says ${file.said[judge]}${file.words.length && judge.startsWith("yaml") ? ` (${file.words.join("; ")})` : ""}`);
  }
}
for (const schema of schemas) {
  const files = bySchema.get(schema);
  const count = (verdict) => files.filter((file) => file.verdict === verdict).length;
  console.log(`   ${schema.padEnd(14)} ${String(count("good")).padStart(3)} good ${String(count("bad")).padStart(3)} bad`);
}
for (const judge of judges) {
  const asked = corpus.filter((file) => judge in file.said);
  const agreed = asked.filter((file) => file.said[judge] === file.verdict).length;
  const apart = corpus.filter((file) => file.apart.includes(judge)).length;
  console.log(`   ${judge.padEnd(22)} ${agreed} of ${asked.length} as the folder says${apart ? `, ${apart} known to be read otherwise` : ""}`);
}
if (wrong) console.log(`${wrong} verdicts are not as they should be`);
process.exit(wrong ? 1 : 0);
