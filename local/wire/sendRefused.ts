import type { AwsResponse } from "../http/awsRequest.ts";

/** The queues have refused a send that the function was told is accepted. */
export class SendRefused extends Error {
  constructor() {
    super("a queue refused a message that was accepted: the invocation counts as failed");
    this.name = "Sandbox.SendRefused";
  }
}

/** Whether the queues have taken all messages of a send, by their response. */
export const isTaken = ({ status, body }: Pick<AwsResponse, "status" | "body">): boolean => {
  if (status !== 200) return false;
  const reply: { readonly Failed?: readonly unknown[] } = JSON.parse(String(body));
  return (reply.Failed ?? []).length === 0;
};
