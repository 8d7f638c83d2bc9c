import type { TargetRequest } from "../../target/target.ts";

/** A POST of JSON. `null` and absent members stay as JSON has them. */
export const jsonRequest = (
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): TargetRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/json", "user-agent": "Godwit", ...headers },
  body: JSON.stringify(body),
  rejectUnauthorized: true,
});
