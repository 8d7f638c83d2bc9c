import type { Log } from "../../log.ts";
import type { Provisioner } from "../claim/provisioner.ts";
import type { Counts } from "../counts.ts";
import type { Rules } from "../rule/rules.ts";
import type { Connections, Peer } from "./connections.ts";
import type { Sessions } from "./sessions.ts";
import type { UnderWay } from "./underWay.ts";

/** What the broker's hooks and events share. */
export interface BrokerParts {
  readonly rules: Rules;
  readonly provisioner: Provisioner;
  readonly counts: Counts;
  readonly log: Log;
  readonly connections: Connections;
  readonly sessions: Sessions;
  /** Publishes whose rules have not all run. */
  readonly underWay: UnderWay;
  /** Who is at the other end of each socket. */
  readonly peers: WeakMap<object, Peer>;
  /** Set when the broker takes no more. */
  stopping: boolean;
  /** Set when it tells nobody anything any more. */
  killed: boolean;
}
