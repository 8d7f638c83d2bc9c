import * as z from "zod/mini";
import { callConfirmSeconds } from "../../call/limits.ts";
import type { DeviceLink, Presence, SendResult } from "../../device/deviceLink.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { ServiceError } from "../call/call.ts";
import { encodePart, type RestCall } from "../call/restCaller.ts";
import { crossRegionRetry, openTables, standardRetry } from "../platform/clients.ts";
import { openDataPlane } from "../platform/dataPlane.ts";
import {
  pauseWhenUnreachable,
  type ServiceCaller,
  wasNotSent,
} from "../platform/pauseWhenUnreachable.ts";

/**
 * A message to a device is sent at most once, because a failed request may have arrived. Each
 * request has its own connection: a reused one may have been closed while the worker was frozen
 * between two calls, and the result would then be unknown.
 */
const once = {
  maxAttempts: 1,
  requestHandler: {
    ...standardRetry.requestHandler,
    requestTimeout: (callConfirmSeconds + 2) * 1_000,
  },
} as const;

/** The statuses of responses that are expected, whatever the name of the exception. */
const forbidden = 403;
const notFound = 404;
const throttled = 429;
const gatewayTimeout = 504;

/** The links to the devices of every region: this region's first. */
export const deviceLinks = (
  { region, regions }: { region: string; regions: readonly string[] },
  repliesTable: string,
): DeviceLink[] => [
  deviceLink(region, repliesTable, { waiting: standardRetry, asking: (ask) => ask() }),
  ...regions
    .filter((other) => other !== region)
    .map((other) =>
      deviceLink(other, repliesTable, {
        waiting: crossRegionRetry,
        asking: pauseWhenUnreachable(`IoT Core in ${other}`),
      }),
    ),
];

/** The link to the devices of one region: IoT Core's direct messages and the table of replies. */
const deviceLink = (
  region: string,
  repliesTable: string,
  {
    waiting,
    asking,
  }: { waiting: typeof standardRetry | typeof crossRegionRetry; asking: ServiceCaller },
): DeviceLink => {
  const iot = openDataPlane(waiting, { region });
  const direct = openDataPlane(once, { region, keepAlive: false });
  const db = openTables(waiting, region);
  return {
    region,

    async send(device, topic, payload, qos = 1) {
      try {
        return await asking(() => send(direct, { device, topic, payload, qos }));
      } catch (error) {
        if (wasNotSent(error)) return "unreachable";
        throw error;
      }
    },

    presence: (device) => asking(() => presence(iot, device)),

    async reply(device, call) {
      const { Item } = await db.get({
        TableName: repliesTable,
        Key: { device, call },
        ConsistentRead: true,
      });
      return typeof Item?.reply === "string"
        ? Buffer.from(Item.reply, "base64").toString("utf8")
        : undefined;
    },

    disconnect: (device) =>
      asking(async () => {
        try {
          await iot("DELETE", connectionPath(device));
        } catch (error) {
          if (statusOf(error) !== notFound) throw error;
        }
      }),
  };
};

interface DirectMessage {
  readonly device: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
}

const connectionPath = (device: string): string => `/connections/${encodePart(device)}`;

const connection = z.object({
  connected: z._default(z.boolean(), false),
  connectedSince: z.optional(z.nullable(z.number())),
  /** For about half an hour after a disconnect. */
  disconnectedSince: z.optional(z.nullable(z.number())),
});

const presence = async (iot: RestCall, device: string): Promise<Presence> => {
  try {
    const { connected, connectedSince, disconnectedSince } = connection.parse(
      await iot("GET", connectionPath(device)),
    );
    const since = (connected ? connectedSince : disconnectedSince) ?? undefined;
    return { connected, ...omitUndefined({ since }) };
  } catch (error) {
    // IoT Core removes a client half an hour after its disconnect.
    if (statusOf(error) === notFound) return { connected: false };
    throw error;
  }
};

const statusOf = (error: unknown): number | undefined =>
  error instanceof ServiceError ? error.$metadata.httpStatusCode : undefined;

/**
 * With `confirmation`, IoT Core responds after the device has acknowledged the message, or with the
 * status 504. The status 403 means that the device's policy does not let it receive the topic, or
 * that this function may not send: the response does not distinguish them. The status 429 is also
 * that of the limit of the device's own connection.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_SendDirectMessage.html
 */
const send = async (
  direct: RestCall,
  { device, topic, payload, qos }: DirectMessage,
): Promise<SendResult> => {
  try {
    await direct("POST", `${connectionPath(device)}/messages`, {
      query: qos === 0 ? { topic } : { topic, confirmation: true, timeout: callConfirmSeconds },
      body: payload,
    });
    return qos === 0 ? "unconfirmed" : "confirmed";
  } catch (error) {
    const status = statusOf(error);
    if (status === notFound) return "offline";
    if (status === forbidden) return "refused";
    if (status === gatewayTimeout) return "unconfirmed";
    if (status !== throttled) throw error;
    throw new Failure("the device or the account receives too many messages", {
      code: "too_many_requests",
      cause: error,
      retryAfterSeconds: 1,
    });
  }
};
