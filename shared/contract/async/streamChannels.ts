import { type GatewayRoute, routes } from "../../routes/table.ts";
import { streamedEvent } from "../../stream/liveEvent.ts";
import { eventTtlSeconds } from "../../template/limits.ts";
import { jsonSchema } from "../jsonSchema.ts";
import { operationIds } from "../openApi.ts";
import type { Channel, Channels, SendUse } from "./channel.ts";
import { describe } from "./describe.ts";

const query = {
  type: "object",
  properties: {
    access_token: { type: "string", description: "For clients that set no headers." },
    lastEventId: { type: "string", description: "Instead of the header `Last-Event-ID`." },
  },
};

const bindings = { http: { method: "GET", query, bindingVersion: "0.3.0" } };

const security = ["token", "tokenInQuery", "session"].map((name) => ({
  $ref: `#/components/securitySchemes/${name}`,
}));

/** The streams of server-sent events, one channel for each URL. */
export const streamChannels = (use: SendUse): Channels => {
  const messages = { streamedEvent: message(use) };
  const channel = ({ path, route: { summary } }: GatewayRoute, name: string): Channel => ({
    server: "api",
    address: path.replace("+}", "}"),
    summary,
    messages,
    send: { [name]: { summary: `${summary}.`, security, bindings } },
  });
  const streams = routes.filter(({ function: name, route }) => name === "stream" && route.stream);
  const ids = operationIds(routes);
  return Object.fromEntries(
    streams.map((route) => {
      const name = ids.get(route) ?? route.name;
      return [name, channel(route, name)];
    }),
  );
};

const message = (use: SendUse) => ({
  summary: "A server-sent event: the name, the JSON in `data`, and the position in the stream.",
  headers: {
    type: "object",
    description: "The fields of the server-sent event besides `data`.",
    properties: {
      event: { type: "string", description: "The name of the event." },
      id: { type: "string", description: "The position, for `Last-Event-ID` of the next request." },
    },
    required: ["event"],
  },
  payload: describe(jsonSchema(streamedEvent, use), {
    data: "The data as text. Bytes that are not UTF-8 are a data URL.",
    ttl: "Always the same number.",
    published_at: "The time of the event.",
    coreid: "The id of the device, `api` or `particle-internal`.",
  }),
  examples: [
    {
      headers: { event: "temperature", id: "position" },
      payload: {
        data: "21.5",
        ttl: eventTtlSeconds,
        published_at: "2026-01-01T00:00:00.000Z",
        coreid: "0123456789abcdef01234567",
      },
    },
  ],
});
