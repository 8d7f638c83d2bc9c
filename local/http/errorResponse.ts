import type { ServerResponse } from "node:http";
import type { RestFailure } from "./restFailure.ts";

/** Sends a failure in the AWS JSON protocol. */
export const sendJsonError = (
  response: ServerResponse,
  { status, code, message }: RestFailure,
): void =>
  send(response, {
    status,
    code,
    type: "application/x-amz-json-1.0",
    body: JSON.stringify({ __type: code, message }),
  });

const send = (
  response: ServerResponse,
  { status, code, type, body }: { status: number; code: string; type: string; body: string },
): void => {
  response
    .writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "x-amzn-errortype": code,
    })
    .end(body);
};
