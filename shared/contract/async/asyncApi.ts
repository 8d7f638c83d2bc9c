import type { JsonSchema } from "../../input/documentAs.ts";
import { capitalized } from "../nameObjects.ts";
import { apiVersion, securitySchemes } from "../openApi.ts";
import type { Channel, Channels, Message, Operation, SendUse } from "./channel.ts";
import { deviceChannels } from "./deviceChannels.ts";
import { noticeChannels } from "./noticeChannels.ts";
import { channelParameter } from "./parameters.ts";
import { provisioningChannels } from "./provisioningChannels.ts";
import { streamChannels } from "./streamChannels.ts";
import { webhookChannels } from "./webhookChannels.ts";

interface Options {
  /** The base URL of the API, without a slash at the end. */
  readonly server: string;
  /** Whether messages of the cloud may have fields that the document lacks. */
  readonly replies?: SendUse;
}

/**
 * The AsyncAPI document of the messages of devices, event streams and webhooks, from the schemas
 * that parse and make them. The application of the document is the cloud: it receives what devices
 * publish. https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export const asyncApi = ({ server, replies = "reply" }: Options) => {
  const all: Channels = {
    ...deviceChannels(replies),
    ...provisioningChannels,
    ...streamChannels(replies),
    ...webhookChannels,
    ...noticeChannels(replies),
  };
  const named = Object.entries(all);
  const messages = messagesByName(all);
  const operations: Record<string, JsonSchema> = Object.fromEntries(
    named.flatMap(([name, { receive = {}, send = {} }]) => [
      ...Object.entries(receive).map(([id, each]) => [id, operation("receive", name, each)]),
      ...Object.entries(send).map(([id, each]) => [id, operation("send", name, each)]),
    ]),
  );
  return {
    asyncapi: "3.0.0",
    info,
    defaultContentType: "application/json",
    servers: servers(server),
    channels: mapValues(all, channelObject),
    operations,
    components: {
      messages: mapValues(messages, (each, id) => messageObject(id, each)),
      schemas: Object.fromEntries(
        Object.entries(messages).map(([id, { payload }]) => [schemaName(id), payload]),
      ),
      securitySchemes: { ...asyncSecuritySchemes, deviceCertificate },
    },
  };
};

const info = {
  title: "Godwit",
  version: apiVersion,
  description: [
    "The messages of a Godwit device cloud: MQTT topics of devices, event streams (server-sent events), and outgoing webhooks: of integrations, of the status page and of pages. `receive` is what the cloud receives, `send` what it sends.",
    "The REST API is in the OpenAPI document, `/v1/openapi.json`.",
    "Ignore unknown fields, commands and topics: later versions may add some.",
  ].join("\n\n"),
  license: { name: "MIT", url: "https://opensource.org/license/mit" },
};

/** The servers of the document, for the base URL of an API. */
export const servers = (api: string) => {
  const { host, protocol, pathname } = new URL(api);
  return {
    mqtt: {
      host: "{endpoint}:8883",
      protocol: "secure-mqtt",
      protocolVersion: "3.1.1",
      title: "The MQTT broker of a region",
      description:
        "QoS 0 and 1, no retained messages. The client id is the device's id; with a claim certificate it begins with `claim-`.",
      variables: {
        endpoint: {
          default: "127.0.0.1",
          description: "The host of a region. `GET /v1/endpoints` lists all.",
        },
      },
      security: [{ $ref: "#/components/securitySchemes/deviceCertificate" }],
    },
    api: {
      host,
      ...(pathname !== "/" && { pathname }),
      protocol: protocol.slice(0, -1),
      title: "The REST API",
    },
    target: {
      host: "{target}",
      protocol: "https",
      title: "The target of a webhook",
      variables: { target: { default: "example.com", description: "The host in its URL." } },
    },
  };
};

const deviceCertificate = {
  type: "X509",
  description: "The certificate of the device, or a claim certificate of its product.",
};

const { token, tokenInQuery, session } = securitySchemes;

/** AsyncAPI has another name for API keys in HTTP requests. */
const asyncSecuritySchemes = {
  token,
  tokenInQuery: { ...tokenInQuery, type: "httpApiKey" },
  session: { ...session, type: "httpApiKey" },
};

const mapValues = <From, To>(
  all: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, map(value, key)]));

const channelObject = ({ address, summary, server, messages }: Channel) => {
  const names = [...(address ?? "").matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    address,
    description: summary,
    servers: [{ $ref: `#/servers/${server}` }],
    messages: mapValues(messages, (_, id) => ({ $ref: `#/components/messages/${id}` })),
    ...(names.length > 0 && {
      parameters: Object.fromEntries(names.map((name) => [name, channelParameter(name)])),
    }),
  };
};

/** The messages of all channels. Fails if two have one name. */
const messagesByName = (all: Channels): Record<string, Message> => {
  const byName: Record<string, Message> = {};
  for (const [name, each] of Object.values(all).flatMap((one) => Object.entries(one.messages))) {
    if ((byName[name] ?? each) !== each) throw new Error(`there are two messages ${name}`);
    byName[name] = each;
  }
  return byName;
};

const schemaName = (message: string): string => `${capitalized(message)}Payload`;

const messageObject = (id: string, { payload: _, examples, ...rest }: Message) => ({
  name: id,
  ...rest,
  payload: { $ref: `#/components/schemas/${schemaName(id)}` },
  examples: examples.map((each, i) => ({ name: `${id}${i + 1}`, ...each })),
});

const messagesOf = (channel: string, ids: readonly string[] | undefined): object =>
  ids === undefined
    ? {}
    : { messages: ids.map((id) => ({ $ref: `#/channels/${channel}/messages/${id}` })) };

const operation = (
  action: "receive" | "send",
  channel: string,
  { messages, reply, ...rest }: Operation,
): JsonSchema => ({
  action,
  channel: { $ref: `#/channels/${channel}` },
  ...rest,
  ...messagesOf(channel, messages),
  ...(reply && {
    reply: {
      channel: { $ref: `#/channels/${reply.channel}` },
      ...messagesOf(reply.channel, reply.messages),
    },
  }),
});
