import { useEffect, useState } from "preact/hooks";

/** The path of the page, with a slash at the end: each operation is below it. */
const base = `${new URL(document.baseURI).pathname}reference/`;

/** The URL of an operation; without one, of the first page. */
export const urlOf = (operation = ""): string =>
  operation === "" ? base.slice(0, -1) : base + encodeURIComponent(operation);

const read = (): string => {
  const { pathname } = window.location;
  const name = pathname.startsWith(base) ? pathname.slice(base.length) : "";
  try {
    return decodeURIComponent(name.replace(/\/+$/, ""));
  } catch {
    return name;
  }
};

/** The name of the operation in the URL, and whether a link of the page led to it. */
export const usePlace = (): { readonly operation: string; readonly isFirst: boolean } => {
  const [place, setPlace] = useState({ operation: read(), isFirst: true });
  useEffect(() => {
    const move = (): void => setPlace({ operation: read(), isFirst: false });
    const follow = (event: MouseEvent): void => {
      const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!isPlain || event.altKey || !(link instanceof HTMLAnchorElement)) return;
      if (link.origin !== window.location.origin || !`${link.pathname}/`.startsWith(base)) return;
      event.preventDefault();
      window.history.pushState(null, "", link.pathname);
      window.scrollTo(0, 0);
      move();
    };
    window.addEventListener("popstate", move);
    document.addEventListener("click", follow);
    return () => {
      window.removeEventListener("popstate", move);
      document.removeEventListener("click", follow);
    };
  }, []);
  return place;
};
