import { type CallPolicy, openCaller } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";

interface QueryService {
  /** The name in endpoints, signatures and, in capitals, in variables. */
  readonly name: "cloudformation" | "sns";
  readonly version: string;
}

/** Calls an operation and returns the XML of its response. */
export type QueryCall = (
  action: string,
  input: Readonly<Record<string, string>>,
) => Promise<string>;

/**
 * Calls a service of a region by the AWS query protocol.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const openQueryCaller = (
  { name, version }: QueryService,
  policy: CallPolicy,
  region: string,
): QueryCall => {
  const caller = openCaller(name, policy, { region });
  const endpoint = openEndpoint(name.toUpperCase(), name, region);
  return async (action, input) =>
    await caller.send(endpoint(), {
      method: "POST",
      path: "/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action: action, Version: version, ...input }).toString(),
    });
};
