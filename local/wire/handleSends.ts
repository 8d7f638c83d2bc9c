import type { AwsHandler, AwsResponse } from "../http/awsRequest.ts";
import type { AcceptedSend } from "./messages.ts";
import { isTaken, SendRefused } from "./sendRefused.ts";

/**
 * Handles the accepted sends of an invocation, before its own messages are deleted. Returns a
 * promise only if the queues make them wait. Fails with a `SendRefused` when they refuse one.
 */
export const handleSends = (
  sends: readonly AcceptedSend[],
  handlers: ReadonlyMap<string, AwsHandler>,
  roleKey: string | undefined,
): void | Promise<void> => {
  const waiting: Promise<void>[] = [];
  for (const { host, target, body } of sends) {
    const response = handlers.get(host)?.({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": target },
      body: Buffer.from(body),
      roleKey,
      isOrdered: true,
    });
    if (response instanceof Promise) waiting.push(response.then(check));
    else check(response);
  }
  return waiting.length > 0 ? Promise.all(waiting).then(() => {}) : undefined;
};

const check = (response: AwsResponse | undefined): void => {
  if (response === undefined || !isTaken(response)) throw new SendRefused();
};
