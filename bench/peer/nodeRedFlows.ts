import type { Route } from "../system/system.ts";

/** Address and credentials of the broker for Node-RED. */
export interface BrokerAccess {
  readonly port: number;
  /** Paths of PEM files. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Use a persistent session. The editor's default is a clean session. */
  readonly keepsSession: boolean;
}

/**
 * Returns a flow as a user would draw it: for each event an "mqtt in" node with QoS 1, wired to an
 * "http request" node that posts. All other values are the defaults of the editor of Node-RED 4.1.
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
