import { computed, signal } from "@preact/signals";

/** The path of the console, with a slash at the end. */
const base = new URL(document.baseURI).pathname;

interface Place {
  /** The path of the screen, beginning with a slash: `/devices/lamp`. */
  readonly path: string;
  readonly query: string;
}

const read = (): Place => {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(base) ? pathname.slice(base.length - 1) : "/";
  return { path: path.length > 1 ? path.replace(/\/+$/, "") : "/", query: search };
};

const place = signal(read());

/** The product whose fleet the screens show; `undefined` for the fleet of the user. */
export const product = computed(() => /^\/products\/(\d+)(\/|$)/.exec(place.value.path)?.[1]);

/** The path of the screen within its fleet. */
export const screenPath = computed(() => {
  const { path } = place.value;
  return product.value === undefined ? path : path.replace(/^\/products\/\d+/, "") || "/";
});

export const query = computed(() => new URLSearchParams(place.value.query));

/** The URL of a screen of the current fleet. */
export const urlOf = (path: string): string => urlInFleet(path, product.value);

/** The URL of a screen of the user (`undefined`) or of a product. */
export const urlInFleet = (path: string, of: string | undefined): string => {
  const inFleet = of === undefined ? path : `/products/${of}${path === "/" ? "" : path}`;
  return base.slice(0, -1) + inFleet;
};

interface Move {
  /** Replaces the entry of the history, for example for each letter of a search. */
  readonly replace?: boolean;
}

let screensOpened = 0;

/** Whether the screen is the one that the page was loaded with. */
export const isFirstScreen = (): boolean => screensOpened === 0;

/** Shows a screen. The URL is one of `urlOf`. */
export const navigate = (url: string, { replace = false }: Move = {}): void => {
  if (replace) window.history.replaceState(null, "", url);
  else {
    screensOpened += 1;
    window.history.pushState(null, "", url);
    window.scrollTo(0, 0);
  }
  place.value = read();
};

/** Changes parameters of the URL; an empty value removes one. */
export const setQuery = (
  changes: Readonly<Record<string, string | undefined>>,
  { replace = true }: Move = {},
): void => {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  navigate(`${window.location.pathname}${text === "" ? "" : `?${text}`}`, { replace });
};

/** Follows the history of the browser, and links of the console without loading the page again. */
export const startRouter = (): void => {
  window.addEventListener("popstate", () => {
    screensOpened += 1;
    place.value = read();
  });
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
    if (!isPlain || event.altKey || event.defaultPrevented) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== "" || link.download !== "") return;
    if (link.origin !== window.location.origin || !link.pathname.startsWith(base)) return;
    // Another page of the API, such as the reference, is loaded.
    if (link.hash !== "" || link.rel === "external") return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
};

/** The parameters of a path that matches a pattern such as `/devices/:device`. */
export const match = (pattern: string, path: string): Record<string, string> | undefined => {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = decode(given[i] ?? "");
    if (part.startsWith(":")) parameters[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return parameters;
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
