import type { Writable } from "node:stream";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import * as z from "zod";
import { knowCaller } from "#shared/account/knowCaller.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { iotLiveEvents } from "#shared/aws/liveEvents.ts";
import { openTables } from "#shared/aws/tables.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { env } from "#shared/env.ts";
import { type Watch, watchEvents } from "#shared/event/watchEvents.ts";
import { Failure } from "#shared/failure.ts";
import { streamMarginMs, topicBytesMax } from "#shared/limits.ts";
import { accessOf, asked, readInput } from "./edge/api.ts";
import { eventFrame } from "./edge/eventFrame.ts";
import { logger } from "./edge/logger.ts";
import { failureBody, replyHeaders } from "./edge/reply.ts";
import { readFields } from "./edge/request.ts";
import { serveEvents } from "./edge/sse.ts";

const names = env.stream.parse(process.env);
const tables = openTables();
const now = Date.now;
const accounts = dynamoAccounts(tables, names.ACCOUNTS_TABLE);
const devices = dynamoDevices(tables, names.DEVICES_TABLE);
const liveEvents = iotLiveEvents();
const known = knowCaller({ accounts, now });

const input = z.object({
  device: z.string().optional(),
  prefix: z.string().max(topicBytesMax).default(""),
});

/** Whose events a client may see and wants to. */
const authorize = async (event: APIGatewayProxyEvent): Promise<Watch> => {
  const fields = readFields(event);
  const { fleet } = await known(asked(event, fields, accessOf(event)));
  const { device, prefix } = readInput(input, fields);
  if (device === undefined) return { fleet, prefix };
  const { id } = await findDevice(fleet, device, { devices });
  return { fleet, device: id, prefix };
};

const stream = async (
  event: APIGatewayProxyEvent,
  raw: Writable,
  context: Context,
): Promise<void> => {
  const watch = await authorize(event);
  const lifeMs = context.getRemainingTimeInMillis() - streamMarginMs;
  const out = awslambda.HttpResponseStream.from(raw, { statusCode: 200, headers: streamHeaders });
  await serveEvents(out, lifeMs, (feed) =>
    watchEvents(
      watch,
      { liveEvents, now },
      {
        event: (seen) => feed.write(eventFrame(seen)),
        end: (error) => {
          if (error) logger.warn("live events ended", { error });
          feed.end();
        },
      },
    ),
  );
};

const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "access-control-allow-origin": "*",
  "x-accel-buffering": "no",
};

export const handler = awslambda.streamifyResponse(
  async (event: APIGatewayProxyEvent, raw, context) => {
    try {
      await stream(event, raw, context);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const out = awslambda.HttpResponseStream.from(raw, {
        statusCode: error.status,
        headers: replyHeaders,
      });
      // Lambda sends status and headers before a write, and not before an `end` with the text.
      out.write(JSON.stringify(failureBody(error)));
      out.end();
    }
  },
);
