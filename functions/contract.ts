import type { APIGatewayProxyEvent } from "aws-lambda";
import { asyncApi, servers } from "#shared/contract/async/asyncApi.ts";
import { openApi } from "#shared/contract/openApi.ts";
import { readInput } from "#shared/input/readInput.ts";
import { Failure } from "#shared/platform/failure.ts";
import { contractRoutes } from "#shared/routes/contractRoutes.ts";
import { formOf } from "./edge/http/api.ts";
import { apiOf } from "./edge/http/apiOf.ts";
import { serveDocument } from "./edge/http/documents.ts";
import { failureReply } from "./edge/http/reply.ts";
import { header, readRequest } from "./edge/http/request.ts";
import { sendReply } from "./edge/http/sendReply.ts";

// The documents depend on the code and on nothing else but the URL of the request.
const { servers: _, ...document } = openApi({ server: "" });
const messages = asyncApi({ server: "https://example.com" });

const showOpenApi = serveDocument((url) => ({ ...document, servers: [{ url }] }));
const showAsyncApi = serveDocument((url) => ({ ...messages, servers: servers(url) }));

const replyTo = (event: APIGatewayProxyEvent) => {
  const { fields, ignored } = readRequest(event);
  const { route } = formOf(contractRoutes, event);
  readInput(route.input, fields, ignored);
  const show = route === contractRoutes.showOpenApi ? showOpenApi : showAsyncApi;
  return show({
    api: apiOf(event),
    acceptEncoding: header(event, "accept-encoding") ?? "",
    ifNoneMatch: header(event, "if-none-match") ?? "",
  });
};

export const handler = awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, raw) => {
  try {
    sendReply(raw, replyTo(event));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    sendReply(raw, failureReply(error));
  }
});
