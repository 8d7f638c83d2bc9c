import { type CallPolicy, openCaller } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";

interface JsonService {
  /** The name in endpoints, signatures and, in capitals, in variables. */
  readonly name: "dynamodb" | "events" | "kms" | "monitoring" | "sqs" | "ssm";
  /** The name in variables, if it is another one: `AWS_ENDPOINT_URL_CLOUDWATCH`. */
  readonly variable?: "CLOUDWATCH" | "EVENTBRIDGE";
  /** The prefix of operations: `AmazonSQS`. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
}

/** Calls an operation and returns the JSON of its response. */
type JsonCall = (action: string, input: object, signal?: AbortSignal) => Promise<unknown>;

/**
 * Calls a service by the AWS JSON protocol, in this region or in another one if given.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export const openJsonCaller = (
  { name, variable, target, version }: JsonService,
  policy: CallPolicy,
  region?: string,
): JsonCall => {
  const caller = openCaller(name, policy, { region });
  const endpoint = openEndpoint(variable ?? name.toUpperCase(), name, region);
  return async (action, input, signal) => {
    const headers = {
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${target}.${action}`,
    };
    const request = { method: "POST", path: "/", headers, body: JSON.stringify(input) };
    const reply = await caller.send(endpoint(), request, signal);
    return reply.length === 0 ? {} : JSON.parse(reply);
  };
};
