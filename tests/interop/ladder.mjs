/** Prints what the editor's ladder makes of a run's events: `node ladder.mjs WEB_FOLDER EVENTS_FILE`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [web, path] = process.argv.slice(2);
const { createServer } = await import(pathToFileURL(join(web, "node_modules/vite/dist/node/index.js")));
const server = await createServer({
  root: web,
  configFile: false,
  cacheDir: join(path, "../vite"),
  appType: "custom",
  logLevel: "error",
  optimizeDeps: { noDiscovery: true },
  resolve: { alias: { "@": join(web, "src") } },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
const { LadderModel, countOf } = await server.ssrLoadModule("/src/core/ladder/model.ts");
const model = new LadderModel();
for (const line of readFileSync(path, "utf8").split("\n")) if (line !== "") model.add([JSON.parse(line)]);
const arrows = model.arrows.map((arrow) => ({
  source: arrow.source,
  target: arrow.target,
  count: countOf(arrow),
  raw: arrow.first.raw,
}));
await server.close();
console.log(JSON.stringify({ arrows, addresses: Object.fromEntries(model.addresses) }));
