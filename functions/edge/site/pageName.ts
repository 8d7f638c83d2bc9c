/** The page of the console for a path below it: the reference of the API, or the screens. */
export const pageName = (path: string): "index" | "reference" =>
  /^reference(\/|$)/.test(path) ? "reference" : "index";
