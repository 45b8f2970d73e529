// Bundles style sheets and scripts into static/dist with hashed names, and writes manifest.json.
import { build } from "esbuild";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "dist");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const result = await build({
  entryPoints: ["app.css", "map.css", "app.js", "map.js"].map((name) => join(here, "src", name)),
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  target: ["es2020", "chrome100", "firefox100", "safari15"],
  loader: { ".woff2": "file", ".png": "file", ".svg": "file" },
  legalComments: "eof",
  logLevel: "warning",
});

const manifest = {};
for (const [path, info] of Object.entries(result.metafile.outputs)) {
  if (info.entryPoint) {
    manifest[basename(info.entryPoint)] = basename(path);
  }
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
console.log(`Front-end assets: ${Object.values(manifest).join(", ")}`);
