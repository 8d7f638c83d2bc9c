import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { acceptsEncoding } from "../http/acceptsEncoding.ts";

/** A response with a file of a static site. */
export interface SiteReply {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A static site in a folder: pages, and assets whose names have a hash. */
export interface Site {
  /**
   * The asset of a path below the site, such as `assets/main-ABC.js`, in the best encoding that the
   * client accepts. `undefined` if there is none.
   */
  asset(path: string, acceptEncoding: string): SiteReply | undefined;
  /** The page `name.html`, for a site at the path `base`, which begins and ends with a slash. */
  page(name: string, base: string): SiteReply;
}

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Compressed copies of each asset, the smallest first. */
const encodings = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
] as const;

/**
 * Nothing from another origin, no inline script or style, no frame, no form without the script, and
 * no text that becomes markup or code (Trusted Types without a policy).
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const common = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  // Browsers ignore it on http, as on one machine.
  "strict-transport-security": "max-age=31536000",
};

const pageHeaders = {
  ...common,
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  // Addresses of screens contain ids and one-time codes.
  "referrer-policy": "no-referrer",
};

/** The names of an asset are new when its content is new. */
const immutable = "public, max-age=31536000, immutable";

/**
 * Opens the site in `folder`. Only files that exist when it is opened can be requested; each is
 * read once.
 */
export const openSite = (folder: string): Site => {
  const names = new Set(readdirSync(join(folder, "assets")).map((name) => `assets/${name}`));
  const contents = new Map<string, Uint8Array>();
  const read = (name: string): Uint8Array => {
    const known = contents.get(name) ?? new Uint8Array(readFileSync(join(folder, name)));
    contents.set(name, known);
    return known;
  };
  return {
    asset(path, acceptEncoding) {
      const type = types[path.split(".").at(-1) ?? ""];
      if (type === undefined || !names.has(path)) return undefined;
      const encoding = encodings.find(
        ({ name, suffix }) => acceptsEncoding(acceptEncoding, name) && names.has(path + suffix),
      );
      const headers = {
        ...common,
        "content-type": type,
        "cache-control": immutable,
        vary: "Accept-Encoding",
        ...(encoding && { "content-encoding": encoding.name }),
      };
      return { headers, body: read(`${path}${encoding?.suffix ?? ""}`) };
    },
    page(name, base) {
      const text = new TextDecoder().decode(read(`${name}.html`));
      const body = text.replace('<base href="./" />', `<base href="${base}" />`);
      return { headers: pageHeaders, body: new TextEncoder().encode(body) };
    },
  };
};
