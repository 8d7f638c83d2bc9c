import type { AedesOptions, Client, PublishPacket } from "aedes";
import { billedMessages } from "../counts.ts";
import { subscriberBacklogBytesMax } from "../limits.ts";
import { basicIngest } from "../topic.ts";
import { checkConnect, checkPublish, checkSubscribe, keepAlive } from "./checks.ts";
import type { Connection } from "./connections.ts";
import type { BrokerContext } from "./context.ts";
import { badRequest, DisconnectError } from "./disconnectError.ts";

type Hook<Name extends keyof AedesOptions> = NonNullable<AedesOptions[Name]>;

/**
 * IoT Core's rules and limits as hooks of aedes. An error passed by a hook closes the connection.
 */
export const hooks = (context: BrokerContext) => ({
  preConnect: onConnect(context),
  authorizePublish: onPublish(context),
  authorizeSubscribe: onSubscribe(context),
  authorizeForward: onForward(context),
});

// A rejected client receives no CONNACK: IoT Core closes the connection.
const onConnect =
  (context: BrokerContext): Hook<"preConnect"> =>
  (client, packet, done) => {
    const { peers, connections, counts, meter, packetIds } = context;
    try {
      const peer = peers.get(client.conn);
      if (peer === undefined || context.stopping)
        throw badRequest("the broker accepts no connections now");
      const { clientId } = packet;
      const permissions = peer.permissionsFor(clientId);
      checkConnect(packet, permissions);
      if (packet.will) checkPublish(packet.will, permissions);
      packet.keepalive = keepAlive(packet.keepalive ?? 0);
      const { keepalive: keepAliveSeconds, will } = packet;
      const nextPacketId = () => packetIds.next(client);
      const made = { client, clientId, peer, permissions, keepAliveSeconds, will, nextPacketId };
      // The new connection replaces the existing one.
      const existing = connections.live(clientId);
      if (existing !== undefined) existing.reason ??= "DUPLICATE_CLIENTID";
      connections.admit(made);
      counts.connects += 1;
      meter.count("Connect.Success");
      done(null, true);
    } catch (error) {
      meter.countError("Connect", error);
      done(asError(error), false);
    }
  };

/**
 * Runs the rules before aedes continues: aedes sends the PUBACK, and then the message to
 * subscribers, only when this hook has finished. An acknowledged message is therefore stored, which
 * IoT Core does not guarantee.
 */
const onPublish =
  (context: BrokerContext): Hook<"authorizePublish"> =>
  (client, packet, done) => {
    const connection = client === null ? undefined : context.connections.of(client);
    try {
      if (connection === undefined) throw badRequest("not connected");
      checkPublishRequest(connection, packet, context);
    } catch (error) {
      context.meter.countError("PublishIn", error);
      setReason(connection, error);
      done(asError(error));
      return;
    }
    const { publishQueue, clientId } = connection;
    const message = { topic: packet.topic, payload: asBuffer(packet.payload), clientId };
    countPublish(message, context);
    if (context.provisioner.isRequest(packet.topic)) {
      answerRequest(connection, message, context);
      context.meter.count("PublishIn.Success");
      done(null);
      return;
    }
    const { ruleSlots, rules } = context;
    publishQueue.run(
      (settled) => ruleSlots.run(() => rules.run(message), settled),
      (error) => {
        if (error === undefined) {
          context.meter.count("PublishIn.Success");
          done(null);
          return;
        }
        context.meter.countError("PublishIn", error);
        connection.reason ??= "SERVER_INITIATED_DISCONNECT";
        done(asError(error));
      },
    );
  };

/** The response follows the PUBACK, as in IoT Core. */
const answerRequest = (
  connection: Connection,
  message: { topic: string; payload: Buffer },
  { provisioner, log }: BrokerContext,
): void => {
  connection.publishQueue.run(
    (settled) => void provisioner.answer(connection, message).then(() => settled(), settled),
    (error) => {
      if (error !== undefined) log("provisioning not answered", { error }, "error");
    },
  );
};

const checkPublishRequest = (
  connection: Connection,
  packet: PublishPacket,
  { stopping, provisioner }: BrokerContext,
): void => {
  if (stopping) throw new DisconnectError("the broker is stopping", "SERVER_INITIATED_DISCONNECT");
  const isWill = packet === connection.will;
  if (isWill && connection.willSuppressed) throw badRequest("the will is suppressed");
  const isRequest = !isWill && provisioner.isRequest(packet.topic);
  checkPublish(packet, connection.permissions, isRequest);
};

/** Counts an incoming message. */
export const countPublish = (
  { topic, payload }: { topic: string; payload: Buffer },
  { counts }: Pick<BrokerContext, "counts">,
): void => {
  const messages = billedMessages(payload.length);
  if (basicIngest(topic) === undefined) counts.publishesIn += messages;
  else counts.basicIngests += messages;
};

// An MQTT 3.1.1 client that may not subscribe is disconnected without a SUBACK:
// https://github.com/aws/aws-iot-device-sdk-js/issues/125
const onSubscribe =
  ({ connections, sessions, counts, meter }: BrokerContext): Hook<"authorizeSubscribe"> =>
  (client, subscription, done) => {
    const connection = connections.of(client);
    const { topic } = subscription;
    // aedes also calls this hook for each subscription of a resumed session, before the CONNACK.
    const isResumed = !client.connected;
    try {
      if (connection === undefined) throw badRequest("not connected");
      // aedes also calls this hook for the other filters of a packet after a rejected one, and
      // would store them.
      if (connection.reason !== undefined) throw badRequest("the connection is closing");
      checkSubscribe(subscription, connection);
      connection.filters.add(topic);
      if (!isResumed) {
        counts.subscribes += 1;
        meter.count("Subscribe.Success");
      }
      done(null, subscription);
    } catch (error) {
      void sessions.removeSubscriptions(client, [topic]);
      if (isResumed) {
        done(null, null);
        return;
      }
      meter.countError("Subscribe", error);
      setReason(connection, error);
      done(asError(error));
    }
  };

const onForward =
  ({
    connections,
    counts,
    meter,
    provisioner,
    packetIds,
  }: BrokerContext): Hook<"authorizeForward"> =>
  (client: Client, packet) => {
    if (provisioner.isRequest(packet.topic)) return null;
    const connection = connections.of(client);
    const isAllowed =
      connection?.permissions.allow("iot:Receive", `topic/${packet.topic}`) ?? false;
    if (!isAllowed) {
      meter.count("PublishOut.AuthError");
      return null;
    }
    if (client.conn.writableLength > subscriberBacklogBytesMax) {
      const problem = `more than ${subscriberBacklogBytesMax} unsent bytes`;
      meter.count("PublishOut.Throttle");
      client.conn.destroy(new DisconnectError(problem, "SERVER_INITIATED_DISCONNECT"));
      return null;
    }
    counts.deliveriesOut += billedMessages(packet.payload.length);
    meter.count("PublishOut.Success");
    const needsId = packet.qos > 0 && packet.messageId === undefined;
    return needsId ? { ...packet, messageId: packetIds.next(client) } : packet;
  };

const setReason = (connection: Connection | undefined, error: unknown): void => {
  if (connection !== undefined && error instanceof DisconnectError)
    connection.reason ??= error.reason;
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error), { cause: error });

const asBuffer = (payload: Buffer | string): Buffer =>
  typeof payload === "string" ? Buffer.from(payload) : payload;
