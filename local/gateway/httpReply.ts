import * as z from "zod";
import { validateHeaderName, validateHeaderValue } from "../http/nodeHttp.ts";
import { GatewayError } from "./gatewayError.ts";

/** The status and headers of a response. A header may occur several times. */
export interface HttpHead {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface HttpReply extends HttpHead {
  readonly body: string;
}

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const head = {
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), headerValue).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(headerValue)).nullish(),
};

// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
const answer = z.strictObject({
  ...head,
  // API Gateway decodes a reply only if the client accepts a binary media type of the API first. No
  // client does, so the flag has no effect.
  isBase64Encoded: z.boolean().nullish(),
  body: z.string().nullish(),
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format
const prelude = z.strictObject({
  ...head,
  statusCode: head.statusCode.default(200),
  cookies: z.array(z.string()).nullish(),
});

/**
 * Parses a function's response. Fails with `invalidResponse` when it is not a valid HTTP response.
 */
export const parseResponse = (text: string): HttpReply => {
  const parsed = answer.safeParse(readJson(text));
  if (!parsed.success) throw new GatewayError("invalidResponse", { cause: parsed.error });
  return { ...headOf(parsed.data), body: parsed.data.body ?? "" };
};

/** Parses the prelude of a streamed response. Fails with `invalidResponse` when it is not valid. */
export const parsePrelude = (text: string): HttpHead => {
  const parsed = prelude.safeParse(readJson(text));
  if (!parsed.success) throw new GatewayError("invalidResponse", { cause: parsed.error });
  const { status, headers } = headOf(parsed.data);
  const cookies = (parsed.data.cookies ?? []).map((value) => ["Set-Cookie", value] as const);
  return { status, headers: [...headers, ...cookies] };
};

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("invalidResponse", { cause });
  }
};

type Head = z.output<typeof prelude> | z.output<typeof answer>;

/** Hop-by-hop headers, which the gateway sets itself. */
const hopByHop = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

const headOf = ({ statusCode, headers, multiValueHeaders }: Head): HttpHead => {
  const many = Object.entries(multiValueHeaders ?? {});
  const manyNames = new Set(many.map(([name]) => name.toLowerCase()));
  // A multi-value header overrides the single-value header of the same name.
  const single = Object.entries(headers ?? {}).filter(
    ([name]) => !manyNames.has(name.toLowerCase()),
  );
  const all = [
    ...single,
    ...many.flatMap(([name, values]) => values.map((v) => [name, v] as const)),
  ];
  const sent = all.filter(([name]) => !hopByHop.has(name.toLowerCase()));
  for (const [name, value] of sent) validate(name, value);
  const hasType = sent.some(([name]) => name.toLowerCase() === "content-type");
  const type: [string, string][] = hasType ? [] : [["Content-Type", "application/json"]];
  return { status: statusCode, headers: [...type, ...sent] };
};

const validate = (name: string, value: string): void => {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw new GatewayError("invalidResponse", { cause });
  }
};
