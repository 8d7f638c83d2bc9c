import type { IncomingMessage, ServerResponse } from "node:http";
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

/** Sends a failure in the format of S3 and SNS, or of SQS when the request names an SQS action. */
export const sendXmlError = (
  response: ServerResponse,
  failure: RestFailure,
  request: IncomingMessage,
): void => {
  if (request.headers["x-amz-target"] !== undefined) {
    sendJsonError(response, failure);
    return;
  }
  const { status, message } = failure;
  const code = status === 403 ? "AccessDenied" : failure.code;
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  send(response, { status, code, type: "application/xml", body });
};

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
