import { excerpt, visible, visibleLines } from "../../shared/platform/visibleText.ts";
import type { TargetRequest } from "../cloud/bodies.ts";
import type { Paint } from "../terminal/style.ts";

const bodyCharsMax = 16_384;

/** A body on its own lines, indented, bounded. */
export const bodyText = (body: string): string =>
  visibleLines(body.length > bodyCharsMax ? `${body.slice(0, bodyCharsMax).toWellFormed()}…` : body)
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");

/** A request to a target, as text for a person. */
export const requestText = ({ method, url, headers, body }: TargetRequest, paint: Paint): string =>
  [
    `  ${paint(visible(method), "bold")} ${excerpt(url, 2_000)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `  ${paint(`${visible(name)}:`, "dim")} ${excerpt(value, 1_000)}`,
    ),
    ...(body === null || body === "" ? [] : [bodyText(body)]),
  ].join("\n");
