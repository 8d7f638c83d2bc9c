import { apiUrl } from "../api/apiUrl.ts";
import type { OpenApi, Reference } from "./document.ts";

const methods = { get: "GET", post: "POST", put: "PUT", patch: "PATCH", delete: "DELETE" } as const;

const isMethod = (name: string): name is keyof typeof methods => name in methods;

/** Loads the OpenAPI document of the API that serves the page. */
export const loadReference = async (): Promise<Reference> => {
  const response = await fetch(new URL("v1/openapi.json", apiUrl));
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  const { paths, ...rest }: OpenApi = await response.json();
  const operations = Object.entries(paths).flatMap(([path, all]) =>
    Object.entries(all).flatMap(([name, each]) =>
      isMethod(name) ? [{ ...each, path, method: methods[name] }] : [],
    ),
  );
  return { ...rest, operations };
};
