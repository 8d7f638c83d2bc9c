import type { Section } from "./section.ts";
import { count } from "./units.ts";

/** Cost of connected idle devices. */
export interface ConnectionsResult {
  readonly requested: number;
  readonly connected: number;
  /** Why fewer devices than requested were connected. */
  readonly limit: string | undefined;
  /** Cores of the cloud without and with the connections. */
  readonly coresBefore: number;
  readonly cores: number;
  /** Growth of the resident memory per connection. */
  readonly bytesEach: number;
  readonly secondsToConnect: number;
}

/** Cost of connected idle devices. */
export const connectionsSection = (one: ConnectionsResult): Section => ({
  headings: ["Connected idle devices", "cores without", "cores with", "kB each", "connected in s"],
  rows: [
    [
      count(one.connected),
      one.coresBefore.toFixed(3),
      one.cores.toFixed(3),
      (one.bytesEach / 1e3).toFixed(1),
      count(one.secondsToConnect),
    ],
  ],
  note: [
    "The devices send nothing but a keep-alive every 60 s.",
    ...(one.limit === undefined
      ? []
      : [`${count(one.requested)} devices were requested. Limit: ${one.limit}.`]),
  ].join(" "),
});
