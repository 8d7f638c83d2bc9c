import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod";
import { GatewayError } from "./gatewayError.ts";

/** The status and the headers of a response. A header may come more than once. */
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
  // Decoded only for the binary media types of an API. This one has none, so it makes no difference.
  isBase64Encoded: z.boolean().nullish(),
  body: z.string().nullish(),
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format
const prelude = z.strictObject({
  ...head,
  statusCode: head.statusCode.default(200),
  cookies: z.array(z.string()).nullish(),
});

/** Reads what a function answered. Fails with `badAnswer` when it is no HTTP response. */
export const parseResponse = (text: string): HttpReply => {
  const parsed = answer.safeParse(readJson(text));
  if (!parsed.success) throw new GatewayError("badAnswer", { cause: parsed.error });
  return { ...headOf(parsed.data), body: parsed.data.body ?? "" };
};

/** Reads the prelude of a streamed response. Fails with `badAnswer` when it is none. */
export const parsePrelude = (text: string): HttpHead => {
  const parsed = prelude.safeParse(readJson(text));
  if (!parsed.success) throw new GatewayError("badAnswer", { cause: parsed.error });
  const { status, headers } = headOf(parsed.data);
  const cookies = (parsed.data.cookies ?? []).map((value) => ["Set-Cookie", value] as const);
  return { status, headers: [...headers, ...cookies] };
};

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("badAnswer", { cause });
  }
};

type Head = z.output<typeof prelude> | z.output<typeof answer>;

/** About one connection, which is the gateway's. */
const hopByHop = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

const headOf = ({ statusCode, headers, multiValueHeaders }: Head): HttpHead => {
  const many = Object.entries(multiValueHeaders ?? {});
  const manyNames = new Set(many.map(([name]) => name.toLowerCase()));
  // The one wins that may have several values.
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
    throw new GatewayError("badAnswer", { cause });
  }
};
