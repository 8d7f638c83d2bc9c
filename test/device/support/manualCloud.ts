import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Aedes } from "aedes";
import { onTestFinished } from "vitest";
import { until } from "../../flow/support/until.ts";

export interface Published {
  readonly topic: string;
  readonly text: string;
}

/** A broker; the test plays the part of the cloud. Closed when the test ends. */
export interface ManualCloud {
  readonly url: string;
  /** Publishes of devices so far, in order. */
  readonly published: Published[];
  readonly subscribed: string[][];
  readonly unsubscribed: string[][];
  /** Client ids that sent DISCONNECT. */
  readonly goodbyes: string[];
  /** Topics of publishes without a PUBACK. */
  readonly withheld: string[];
  /** Number of connections so far. */
  connections(): number;
  /** Publishes to all subscribers. */
  say(topic: string, payload: object | string): Promise<void>;
  /** Closes all connections without notice. */
  cut(): void;
  /** Closes the connection of a client that publishes to a matching topic. */
  refuse(isRefused: (topic: string) => boolean): void;
  /** Sends no PUBACK for publishes to a matching topic. */
  withhold(isWithheld: (topic: string) => boolean): void;
  /** Waits for a number of messages on a topic and returns them. */
  heard(topic: string, count?: number): Promise<string[]>;
}

export const startManualCloud = async (): Promise<ManualCloud> => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const published: Published[] = [];
  const subscribed: string[][] = [];
  const unsubscribed: string[][] = [];
  const goodbyes: string[] = [];
  const withheld: string[] = [];
  const clients = new Set<{ close(): void }>();
  let connections = 0;
  let isRefused: (topic: string) => boolean = () => false;
  let isWithheld: (topic: string) => boolean = () => false;
  broker.authorizePublish = (_client, { topic }, done) => {
    if (isWithheld(topic)) withheld.push(topic);
    else done(isRefused(topic) ? new Error("refused") : null);
  };
  broker.on("publish", ({ topic, payload }, client) => {
    if (client !== null) published.push({ topic, text: String(payload) });
  });
  broker.on("subscribe", (filters) => subscribed.push(filters.map(({ topic }) => topic)));
  broker.on("unsubscribe", (filters) => unsubscribed.push(filters));
  broker.on("client", (client) => {
    connections += 1;
    clients.add(client);
    client.on("error", () => {});
    // aedes emits no event for a DISCONNECT.
    const inside = client as unknown as { _parser: NodeJS.EventEmitter };
    inside._parser.on("packet", ({ cmd }: { cmd: string }) => {
      if (cmd === "disconnect") goodbyes.push(client.id);
    });
  });
  broker.on("clientDisconnect", (client) => clients.delete(client));
  onTestFinished(async () => {
    server.close();
    await new Promise<void>((closed) => broker.close(closed));
  });
  return {
    url: `mqtt://127.0.0.1:${port}`,
    published,
    subscribed,
    unsubscribed,
    goodbyes,
    withheld,
    connections: () => connections,
    async say(topic, payload) {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      await new Promise<void>((resolve, reject) => {
        const packet = { cmd: "publish", topic, payload: text, qos: 1, retain: false, dup: false };
        broker.publish(packet as never, (error) => (error ? reject(error) : resolve()));
      });
    },
    cut() {
      for (const client of clients) client.close();
    },
    refuse(by) {
      isRefused = by;
    },
    withhold(by) {
      isWithheld = by;
    },
    async heard(topic, count = 1) {
      const texts = () => published.filter((each) => each.topic === topic).map(({ text }) => text);
      await until(`${count} messages on ${topic}`, () => texts().length >= count);
      return texts();
    },
  };
};
