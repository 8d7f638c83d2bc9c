import { randomUUID } from "node:crypto";
import {
  forbidden,
  gatewayTimeout,
  internalFailure,
  invalidRequest,
  notFound,
  throttled,
} from "../../http/restFailure.ts";
import type { RestRequest, RestRoute } from "../../http/restHandler.ts";
import { iotDataPermissions } from "../../iam/permission/iot.ts";
import type { Place } from "../../iam/permission/permission.ts";
import type { Broker } from "../broker/broker.ts";
import { checkPublish, type Publish } from "../broker/checks.ts";
import type { Connection } from "../broker/connections.ts";
import { sendDirect } from "../broker/directMessage.ts";
import { DisconnectError } from "../broker/disconnectError.ts";
import { billedMessages, type Counts } from "../counts.ts";
import {
  directMessagesPerSecondMax,
  directTimeoutSecondsDefault,
  directTimeoutSecondsMax,
  directTimeoutSecondsMin,
  sessionMs,
} from "../limits.ts";
import { everything } from "../policy/permissions.ts";
import { isFilter } from "../topic.ts";

/**
 * IoT Core's data plane.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Data_Plane.html
 */
export const dataPlaneRoutes = (broker: Broker, counts: Counts, place: Place): RestRoute[] => {
  const permissions = iotDataPermissions(place);
  return [
    {
      method: "POST",
      path: "/topics/{topic}",
      permissions: permissions.Publish,
      answer: (request) => publish(request, broker),
    },
    {
      method: "POST",
      path: "/connections/{clientId}/messages",
      permissions: permissions.SendDirectMessage,
      answer: (request) => direct(request, broker, counts),
    },
    {
      method: "GET",
      path: "/connections/{clientId}",
      permissions: permissions.GetConnection,
      answer: (request) => describe(request, broker),
    },
    {
      method: "DELETE",
      path: "/connections/{clientId}",
      permissions: permissions.DeleteConnection,
      answer: (request) => disconnect(request, broker),
    },
  ];
};

const publish = async ({ params, query, body }: RestRequest, broker: Broker): Promise<object> => {
  const { topic = "" } = params;
  const qos = query.get("qos") ?? "0";
  if (qos !== "0" && qos !== "1") throw invalidRequest("qos must be 0 or 1");
  const message = {
    topic,
    payload: body,
    qos: qos === "1" ? 1 : 0,
    retain: query.get("retain") === "true",
  } as const;
  checkMessage(message);
  try {
    await broker.publish(message);
  } catch (error) {
    throw internalFailure(error instanceof Error ? error.message : String(error));
  }
  return {};
};

const direct = async (
  { params, query, body }: RestRequest,
  broker: Broker,
  counts: Counts,
): Promise<object> => {
  const connection = live(broker, params.clientId);
  const topic = query.get("topic") ?? "";
  if (topic.startsWith("$")) throw invalidRequest("a reserved topic");
  checkMessage({ topic, payload: body });
  if (!connection.permissions.allow("iot:Receive", `topic/${topic}`)) {
    throw forbidden(`the client may not receive ${topic}`);
  }
  if (!connection.admitDirectMessage()) {
    throw throttled(
      `the client receives more than ${directMessagesPerSecondMax} messages a second`,
    );
  }
  counts.directMessages += billedMessages(body.length);
  const isConfirmed = query.get("confirmation") === "true";
  const confirmMs = isConfirmed ? directTimeoutMs(query.get("timeout")) : undefined;
  const isAcknowledged = await sendDirect(connection, { topic, payload: body, confirmMs });
  if (!isAcknowledged) throw gatewayTimeout("the client did not acknowledge the message in time");
  return { message: "OK", traceId: randomUUID() };
};

const directTimeoutMs = (seconds: string | null): number => {
  const value = seconds === null ? directTimeoutSecondsDefault : Number(seconds);
  const isValid =
    Number.isInteger(value) && value >= directTimeoutSecondsMin && value <= directTimeoutSecondsMax;
  if (!isValid) {
    throw invalidRequest(
      `timeout must be ${directTimeoutSecondsMin} to ${directTimeoutSecondsMax}`,
    );
  }
  return value * 1_000;
};

const checkMessage = (message: Publish): void => {
  const isTopicName =
    message.topic !== "" && isFilter(message.topic) && !/[+#]/.test(message.topic);
  if (!isTopicName) throw invalidRequest(`invalid topic ${JSON.stringify(message.topic)}`);
  try {
    checkPublish(message, everything);
  } catch (error) {
    throw error instanceof DisconnectError ? invalidRequest(error.message) : error;
  }
};

const describe = ({ params }: RestRequest, { connections }: Broker): object => {
  const { clientId = "" } = params;
  const connection = connections.live(clientId);
  if (connection !== undefined) return connected(connection);
  const closed = connections.lastClosed(clientId);
  if (closed === undefined) throw notFound(`the client ${clientId} is not connected`);
  return {
    connected: false,
    clientId,
    disconnectedSince: closed.disconnectedAt,
    disconnectReason: closed.reason,
  };
};

const connected = ({ clientId, client, connectedAt, keepAliveSeconds }: Connection): object => ({
  connected: true,
  clientId,
  cleanSession: client.clean,
  connectedSince: connectedAt,
  keepAliveDuration: keepAliveSeconds,
  sessionExpiry: client.clean ? 0 : sessionMs / 1_000,
});

const disconnect = ({ params, query }: RestRequest, broker: Broker): object => {
  const { clientId = "" } = params;
  const isTrue = (name: string) => query.get(name)?.toLowerCase() === "true";
  const options = {
    cleanSession: isTrue("cleanSession"),
    preventWill: isTrue("preventWillMessage"),
  };
  if (!broker.disconnect(clientId, options)) {
    throw notFound(`the client ${clientId} is not connected and has no session`);
  }
  return {};
};

const live = ({ connections }: Broker, clientId = ""): Connection => {
  const connection = connections.live(clientId);
  if (connection === undefined) throw notFound(`the client ${clientId} is not connected`);
  return connection;
};
