import type { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { slotOwner } from "#shared/account/caller/acquireSlot.ts";
import type { AuthRequest, Caller } from "#shared/account/caller/authenticateCaller.ts";
import { revalidateCaller } from "#shared/account/caller/revalidateCaller.ts";
import { isCanary } from "#shared/account/user/canaryUser.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoListeners } from "#shared/aws/event/listeners.ts";
import { iotLiveEvents } from "#shared/aws/event/liveEvents.ts";
import { dynamoRecentEvents } from "#shared/aws/event/recentEvents.ts";
import { dynamoStreamSlots } from "#shared/aws/event/streamSlots.ts";
import { crossRegionRetry, openTables } from "#shared/aws/platform/clients.ts";
import { canaryStreamMsMax } from "#shared/canary/limits.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { readInput } from "#shared/input/readInput.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { streamRoutes } from "#shared/routes/streamRoutes.ts";
import { followEvents } from "#shared/stream/follow/followEvents.ts";
import { liveDelayMsMax, streamLifeJitter, streamMarginMs } from "#shared/stream/limits.ts";
import type { StreamFilter } from "#shared/stream/liveEvent.ts";
import { type Cursor, readCursor } from "#shared/stream/position.ts";
import { type AcquiredSlot, acquireStreamSlot } from "#shared/stream/slot/acquireStreamSlot.ts";
import { clientHash } from "#shared/stream/slot/slotId.ts";
import { watchSlot } from "#shared/stream/slot/watchSlot.ts";
import { openCallers } from "./edge/callers.ts";
import { callerRequest, formOf } from "./edge/http/api.ts";
import { failureReply } from "./edge/http/reply.ts";
import { header, readRequest } from "./edge/http/request.ts";
import { sendReply } from "./edge/http/sendReply.ts";
import { logger } from "./edge/logger.ts";
import { eventFrame, idFrame } from "./edge/stream/eventFrame.ts";
import { commentFrame, serveEvents } from "./edge/stream/sse.ts";

const names = env.stream.parse(process.env);
const { globals, accounts, authenticate } = openCallers(names);
const now = Date.now;
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const eventsOf = (region: string) => ({
  region,
  liveEvents: iotLiveEvents(region),
  recentEvents: dynamoRecentEvents(openTables(crossRegionRetry, region), names.RECENT_TABLE, now),
});
const tables = openTables();
const deps = {
  localRegion: {
    liveEvents: iotLiveEvents(),
    recentEvents: dynamoRecentEvents(tables, names.RECENT_TABLE, now),
  },
  remoteRegions: names.REGIONS.filter((region) => region !== names.AWS_REGION).map(eventsOf),
  slots: dynamoStreamSlots(tables, names.SLOTS_TABLE),
  limits: names.SLOT_LIMITS.streams,
  accounts,
  listeners: dynamoListeners(globals, names.INTEGRATIONS_TABLE, names.AWS_REGION),
  now,
  wait: (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }),
  onError: (what: string, error: unknown) => logger.warn(`${what} failed`, { error }),
};

/**
 * An authorized request: the caller, the hash of the client, the filter of the stream, and the
 * cursor from which it resumes.
 */
interface StreamRequest {
  readonly authRequest: AuthRequest;
  readonly caller: Caller;
  readonly client: string;
  readonly filter: StreamFilter;
  readonly after?: Cursor;
}

const authorize = async (event: APIGatewayProxyEvent): Promise<StreamRequest> => {
  const { fields, ignored } = readRequest(event);
  const { route, access } = formOf(streamRoutes, event);
  const who = callerRequest(event, fields, access);
  const caller = await authenticate(who);
  const { fleet } = caller;
  const { device, prefix, ...resumed } = readInput(route.input, fields, ignored);
  const after = lastEventId(event, resumed.lastEventId ?? resumed.last_event_id);
  const filter: StreamFilter =
    device === undefined
      ? { fleet, prefix }
      : { fleet, device: (await findDevice(fleet, device, { devices })).id, prefix };
  const client = clientHash({
    token: who.token ?? who.session,
    address: event.requestContext.identity.sourceIp,
    agent: header(event, "user-agent"),
    filter,
  });
  return { authRequest: who, caller, client, filter, ...(after && { after }) };
};

/** Ignores ids that are not cursors: the stream then starts now. */
const lastEventId = (
  event: APIGatewayProxyEvent,
  queryValue: string | undefined,
): Cursor | undefined => {
  const given = header(event, "last-event-id") ?? queryValue;
  const cursor = given === undefined ? undefined : readCursor(given);
  return cursor !== undefined && cursor.at <= now() + liveDelayMsMax ? cursor : undefined;
};

const stream = async (
  event: APIGatewayProxyEvent,
  raw: Writable,
  context: Context,
): Promise<void> => {
  const request = await authorize(event);
  const { caller, client, filter, after } = request;
  const remainingMs = context.getRemainingTimeInMillis();
  const lifeMs = Math.min(
    isCanary(caller.username)
      ? canaryStreamMsMax
      : names.STREAM_SECONDS * 1_000 * (1 - Math.random() * streamLifeJitter),
    remainingMs - streamMarginMs,
  );
  const user = await slotOwner(caller, deps);
  const slot = await acquireStreamSlot(
    // A crashed stream frees its slot when the function would have timed out.
    { user, fleet: filter.fleet, client, after, lifeMs: remainingMs },
    deps,
  );
  try {
    await serve({ ...request, slot }, raw, lifeMs);
  } finally {
    await slot.release();
  }
};

const serve = async (
  { authRequest, filter, slot }: StreamRequest & { slot: AcquiredSlot },
  raw: Writable,
  lifeMs: number,
): Promise<void> => {
  const out = awslambda.HttpResponseStream.from(raw, { statusCode: 200, headers: streamHeaders });
  await serveEvents(out, lifeMs, async (feed) => {
    const following = { filter, after: slot.after, slot: slot.slot };
    const eventStream = await followEvents(following, deps, {
      event: (shown, cursor) => feed.write(eventFrame(shown, cursor)),
      cursor: (cursor) => feed.write(idFrame(cursor)),
      gap: (why) => feed.write(commentFrame(` gap: ${why}`)),
      drained: feed.room,
      end: (error) => {
        if (error) logger.warn("live events ended", { error });
        feed.end();
      },
    });
    const watching = new AbortController();
    let mayReturn = true;
    const refuse = (): void => {
      mayReturn = false;
      feed.end();
    };
    const stopWatching = revalidateCaller(authRequest, authenticate, {
      onRefused: refuse,
      onError: (error) => logger.warn("revalidation of a stream's token failed", { error }),
    });
    watchSlot(slot, { wait: deps.wait, signal: watching.signal }, refuse);
    const close = async (): Promise<string | undefined> => {
      stopWatching();
      watching.abort();
      await eventStream.close();
      // A client that has not read everything resumes at its own cursor.
      const last = mayReturn && !out.destroyed ? eventStream.position() : undefined;
      // Before the client can notice the end and return.
      await slot.release(last?.position);
      return last && idFrame(last.cursor);
    };
    const beat = (): string | undefined => {
      const cursor = eventStream.newCursor();
      return cursor === undefined ? undefined : idFrame(cursor);
    };
    return { beat, close };
  });
};

const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "access-control-allow-origin": "*",
  "x-content-type-options": "nosniff",
  "x-accel-buffering": "no",
};

export const handler = awslambda.streamifyResponse(
  async (event: APIGatewayProxyEvent, raw, context) => {
    try {
      await stream(event, raw, context);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      sendReply(raw, failureReply(error));
    }
  },
);
