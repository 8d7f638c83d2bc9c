import type { ApiRequest } from "../api/apiRequest.ts";
import { asciiJson, curlOf } from "../api/curl.ts";
import { requestUrl } from "../api/requestUrl.ts";
import { isPublic, isStream, type Operation } from "./document.ts";

/** The languages in which an operation is shown. */
export const languages = ["curl", "JavaScript", "Typed client"] as const;

export type Language = (typeof languages)[number];

interface Sent {
  /** The address of the API, with a slash at the end. */
  readonly api: URL;
  readonly request: ApiRequest;
}

/** The code that sends a request. */
export const codeOf = (
  language: Language,
  operation: Operation,
  { api, request }: Sent,
): string => {
  if (language === "curl") {
    return curlOf(requestUrl(api, request), request, { isPublic: isPublic(operation) });
  }
  return language === "JavaScript"
    ? fetchCode(operation, { api, request })
    : clientCode(operation, { api, request });
};

/** The lines of an object in JavaScript. */
const objectLines = (entries: readonly (string | false)[], indent: string): string => {
  const lines = entries.filter((entry) => entry !== false);
  if (lines.length === 0) return "{}";
  return `{\n${lines.map((line) => `${indent}  ${line},\n`).join("")}${indent}}`;
};

const nextChunk = [
  "const text = response.body.pipeThrough(new TextDecoderStream());",
  "for await (const chunk of text) console.log(chunk);",
];

const fetchCode = (operation: Operation, { api, request }: Sent): string => {
  const { method, body, headers = {} } = request;
  const url = asciiJson(requestUrl(api, request).href);
  const sent = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code of the reader.
    !isPublic(operation) && "Authorization: `Bearer ${token}`",
    body !== undefined && '"Content-Type": "application/json"',
    ...Object.entries(headers).map(([name, value]) => `${asciiJson(name)}: ${asciiJson(value)}`),
  ];
  const options = objectLines(
    [
      method !== "GET" && `method: "${method}"`,
      sent.some((each) => each !== false) && `headers: ${objectLines(sent, "  ")}`,
      body !== undefined && `body: JSON.stringify(${asciiJson(body)})`,
    ],
    "",
  );
  return [
    `const response = await fetch(${url}${options === "{}" ? "" : `, ${options}`});`,
    "if (!response.ok) throw new Error((await response.json()).error_description);",
    ...(isStream(operation) ? nextChunk : [readCode(operation)]),
  ].join("\n");
};

const hasBody = ({ responses }: Operation): boolean => responses["204"] === undefined;

const readCode = (operation: Operation): string =>
  hasBody(operation) ? "const reply = await response.json();" : "// The reply has no body.";

/** The values of the parameters in the path of a request. */
const pathValues = ({ path }: Operation, filled: string): Record<string, string> => {
  const given = filled.split("/");
  return Object.fromEntries(
    path.split("/").flatMap((part, i) => {
      const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
      return name === undefined ? [] : [[name, decodeURIComponent(given[i] ?? "")]];
    }),
  );
};

const clientCode = (operation: Operation, { api, request }: Sent): string => {
  const { method, path, body, headers = {}, query = {} } = request;
  const places = { path: pathValues(operation, path), query, header: headers };
  const filled = Object.entries(places).filter(([, values]) => Object.keys(values).length > 0);
  const options = objectLines(
    [
      filled.length > 0 && `params: ${asciiJson(Object.fromEntries(filled))}`,
      body !== undefined && `body: ${asciiJson(body)}`,
      isStream(operation) && 'parseAs: "stream"',
    ],
    "",
  );
  const call = `client.${method}("${operation.path}"${options === "{}" ? "" : `, ${options}`})`;
  const token = isPublic(operation) ? "" : ", token";
  return [
    `import { createGodwitClient${isStream(operation) ? "" : ", reply"} } from "@godwit/client";`,
    "",
    `const client = createGodwitClient({ url: ${asciiJson(api.href.replace(/\/$/, ""))}${token} });`,
    ...(isStream(operation)
      ? [`const { response } = await ${call};`, ...nextChunk]
      : [`const body = await reply(${call});`]),
  ].join("\n");
};
