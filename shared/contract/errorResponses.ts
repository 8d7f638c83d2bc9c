import type { JsonSchema } from "../input/documentAs.ts";
import { Failure, type FailureCode } from "../platform/failure.ts";

/** The body of every error. */
export const errorSchema: JsonSchema = {
  type: "object",
  description:
    "An error. `error` is a code, or, for calls of devices, a sentence of Particle's API. Other fields are possible.",
  properties: {
    ok: { type: "boolean", const: false },
    error: { type: "string" },
    error_description: { type: "string" },
    info: { type: "string" },
  },
  required: ["ok", "error", "error_description"],
};

const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };

const retryAfter = {
  "Retry-After": {
    description: "Seconds after which a repeat may succeed.",
    schema: { type: "integer" },
  },
};

/** Responses of API Gateway, which every operation may have. */
const ofGateway: readonly FailureCode[] = ["too_large", "too_many_requests"];

/** What the API answers when it fails itself. */
const serverError = {
  description: "The API failed, is busy (`unavailable`), or the request timed out (`timeout`).",
  headers: retryAfter,
  content,
};

/**
 * The error responses of an operation by status, as references to `components`, to which it adds
 * them: most operations share them.
 */
export const errorResponses = (
  codes: readonly FailureCode[],
  components: Record<string, JsonSchema>,
): Record<string, JsonSchema> => {
  const byStatus = new Map<number, FailureCode[]>();
  for (const code of [...new Set([...codes, ...ofGateway])].sort()) {
    const { status } = new Failure("", { code });
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  components.ServerError = serverError;
  const responses = [...byStatus].map(([status, all]) => {
    const name = `Error${status}-${all.join("-")}`;
    components[name] = {
      description: all.map((code) => `\`${code}\``).join(" or "),
      ...((status === 429 || status === 503) && { headers: retryAfter }),
      content,
      "x-godwit-errors": all,
    };
    return [String(status), { $ref: `#/components/responses/${name}` }] as const;
  });
  return {
    ...Object.fromEntries(responses),
    "5XX": { $ref: "#/components/responses/ServerError" },
  };
};
