import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSite } from "../../../functions/edge/site/site.ts";

const folder = mkdtempSync(join(tmpdir(), "godwit-site-"));
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), '<base href="./" /><link href="assets/main-1.css" />');
for (const name of ["main-1.js", "main-1.js.br", "main-1.js.gz", "main-1.css"]) {
  writeFileSync(join(folder, "assets", name), name);
}
const site = openSite(folder);
const textOf = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);

describe("the files of the console", () => {
  it.each([
    ["gzip, deflate, br", "main-1.js.br", "br"],
    ["gzip", "main-1.js.gz", "gzip"],
    ["br;q=0, gzip;q=0.5", "main-1.js.gz", "gzip"],
    ["BR ; q=1", "main-1.js.br", "br"],
    ["br;q=0.000", "main-1.js", undefined],
    ["identity", "main-1.js", undefined],
    ["", "main-1.js", undefined],
  ])("has the encoding that the client accepts: %s", (accepted, content, encoding) => {
    const { headers, body } = site.asset("assets/main-1.js", accepted) ?? {};
    expect(textOf(body)).toBe(content);
    expect(headers?.["content-encoding"]).toBe(encoding);
    expect(headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": expect.stringContaining("immutable"),
      vary: "Accept-Encoding",
    });
  });

  it.each([
    "assets/missing.js",
    "assets/../index.html",
    "assets/%2e%2e/index.html",
    "assets/main-1.js.br",
    "assets/",
    "assets",
    "index.html",
    "/etc/passwd",
    "assets/constructor",
  ])("has no other file: %s", (path) => {
    expect(site.asset(path, "br")).toBeUndefined();
  });

  it("has a page whose addresses begin at the console, for every depth of the screen", () => {
    const { headers, body } = site.page("index", "/live/console/");
    expect(textOf(body)).toContain('<base href="/live/console/" />');
    expect(headers["cache-control"]).toBe("no-cache");
  });

  it("has a policy that allows nothing inline and no other origin", () => {
    const { "content-security-policy": policy, ...headers } = site.page(
      "index",
      "/console/",
    ).headers;
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'.*trusted-types 'none'/);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    });
  });
});
