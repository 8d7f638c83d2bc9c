/** Which event goes to which target. */
export interface Route {
  readonly event: string;
  readonly url: string;
}

/** How Node-RED finds its broker. */
export interface BrokerAccess {
  readonly port: number;
  /** Files in PEM. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Ask the broker to keep the session while Node-RED is away. The editor's own choice is not to. */
  readonly keepsSession: boolean;
}

/**
 * A flow as a user draws it: for each event an "mqtt in" node of QoS 1, wired to an "http request" node that posts. All else
 * is what the editor of Node-RED 4.1 fills in by itself.
 */
export const nodeRedFlows = (routes: readonly Route[], broker: BrokerAccess): object[] => [
  { id: "tab", type: "tab", label: "bench" },
  {
    id: "tls",
    type: "tls-config",
    name: "",
    cert: broker.certificate,
    key: broker.key,
    ca: broker.ca,
    verifyservercert: true,
  },
  {
    id: "broker",
    type: "mqtt-broker",
    broker: "127.0.0.1",
    port: String(broker.port),
    tls: "tls",
    usetls: true,
    clientid: broker.keepsSession ? "node-red" : "",
    autoConnect: true,
    protocolVersion: "4",
    keepalive: "60",
    cleansession: !broker.keepsSession,
    autoUnsubscribe: true,
  },
  ...routes.flatMap(({ event, url }, i) => [
    {
      id: `in${i}`,
      type: "mqtt in",
      z: "tab",
      topic: `events/+/+/${event}`,
      qos: "1",
      datatype: "auto-detect",
      broker: "broker",
      nl: false,
      rap: true,
      rh: 0,
      inputs: 0,
      wires: [[`post${i}`]],
    },
    {
      id: `post${i}`,
      type: "http request",
      z: "tab",
      method: "POST",
      ret: "txt",
      paytoqs: "ignore",
      url,
      tls: "",
      persist: false,
      proxy: "",
      insecureHTTPParser: false,
      authType: "",
      senderr: false,
      headers: [],
      wires: [[]],
    },
  ]),
];
