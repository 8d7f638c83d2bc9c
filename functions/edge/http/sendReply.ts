import type { Writable } from "node:stream";

/** A whole HTTP response. */
interface WholeReply {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly body: string | Uint8Array;
}

/** Sends a whole response to a streamed request. API Gateway passes its bytes as they are. */
export const sendReply = (raw: Writable, { statusCode, headers, body }: WholeReply): void => {
  const out = awslambda.HttpResponseStream.from(raw, { statusCode, headers: { ...headers } });
  // Lambda sends the status and headers with the first write; `end(body)` alone would not send
  // them.
  out.write(body);
  out.end();
};
