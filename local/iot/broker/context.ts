import type { Log } from "../../platform/log.ts";
import type { Counts } from "../counts.ts";
import type { Provisioner } from "../provisioning/provisioner.ts";
import type { Rules } from "../rule/rules.ts";
import type { Connections, Peer } from "./connections.ts";
import type { InFlightWork } from "./inFlightWork.ts";
import type { Sessions } from "./sessions.ts";

/** What the broker's hooks and events share. */
export interface BrokerContext {
  readonly rules: Rules;
  readonly provisioner: Provisioner;
  readonly counts: Counts;
  readonly log: Log;
  readonly connections: Connections;
  readonly sessions: Sessions;
  /** Publishes whose rules have not all run. */
  readonly inFlight: InFlightWork;
  /** Who is at the other end of each socket. */
  readonly peers: WeakMap<object, Peer>;
  /** Set when the broker takes no more. */
  stopping: boolean;
  /** Set when it tells nobody anything any more. */
  killed: boolean;
}
