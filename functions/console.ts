import { fileURLToPath } from "node:url";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { consolePath } from "#shared/routes/consoleRoutes.ts";
import { failureReply } from "./edge/http/reply.ts";
import { header, readPath } from "./edge/http/request.ts";
import { sendReply } from "./edge/http/sendReply.ts";
import { basePath } from "./edge/site/basePath.ts";
import { pageName } from "./edge/site/pageName.ts";
import { openSite } from "./edge/site/site.ts";

env.console.parse(process.env);
const site = openSite(fileURLToPath(new URL("site", import.meta.url)));

const replyTo = (event: APIGatewayProxyEvent) => {
  const { path = "" } = readPath(event);
  if (!path.startsWith("assets/"))
    return { statusCode: 200, ...site.page(pageName(path), basePath(consolePath, event)) };
  const asset = site.asset(path, header(event, "accept-encoding") ?? "");
  if (asset !== undefined) return { statusCode: 200, ...asset };
  return failureReply(new Failure("The console has no such file.", { code: "not_found" }));
};

/** Sends bytes as they are, which API Gateway does only for a streamed response. */
export const handler = awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, raw) => {
  sendReply(raw, replyTo(event));
});
