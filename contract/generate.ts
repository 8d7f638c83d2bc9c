import { registerHooks } from "node:module";
import { asyncApi } from "#shared/contract/async/asyncApi.ts";
import { openApi } from "#shared/contract/openApi.ts";

// `openapi-typescript` uses the compiler API of TypeScript 5, which TypeScript 7 does not have.
registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier === "typescript" && context.parentURL?.includes("/openapi-typescript/")
        ? "typescript5"
        : specifier,
      context,
    ),
});

/**
 * The files of the client package that are made from the routes and the messages, by path, with
 * their contents.
 */
export const generate = async (): Promise<ReadonlyMap<string, string>> => {
  const server = "http://127.0.0.1:8080";
  const document = textOf(openApi({ server }));
  return new Map([
    ["client/openapi.json", document],
    ["client/asyncapi.json", textOf(asyncApi({ server }))],
    ["client/schema.ts", await typesOf(document)],
  ]);
};

const textOf = (document: object): string => `${JSON.stringify(document, undefined, 1)}\n`;

const typesOf = async (document: string): Promise<string> => {
  const { astToString, default: openapiTS } = await import("openapi-typescript");
  const types = astToString(await openapiTS(document, { silent: true }));
  return `// Made by \`npm run contract\` from client/openapi.json. Do not edit.\n\n${types}`;
};
