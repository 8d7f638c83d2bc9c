import type { Log } from "../../platform/log.ts";
import type { Counts } from "../counts.ts";
import type { Provisioner } from "../provisioning/provisioner.ts";
import type { Rules } from "../rule/rules.ts";
import type { BrokerMeter } from "./brokerMeter.ts";
import type { Connections, Peer } from "./connections.ts";
import type { InFlightWork } from "./inFlightWork.ts";
import type { PacketIds } from "./packetIds.ts";
import type { RuleSlots } from "./ruleSlots.ts";
import type { Sessions } from "./sessions.ts";

/** State shared by the broker's hooks and event handlers. */
export interface BrokerContext {
  readonly rules: Rules;
  readonly provisioner: Provisioner;
  readonly counts: Counts;
  readonly meter: BrokerMeter;
  readonly log: Log;
  readonly connections: Connections;
  readonly sessions: Sessions;
  /** Publishes that are not acknowledged. */
  readonly inFlight: InFlightWork;
  readonly ruleSlots: RuleSlots;
  readonly packetIds: PacketIds;
  /** The client at the other end of each socket. */
  readonly peers: WeakMap<object, Peer>;
  /** Sockets whose client has sent a DISCONNECT packet. */
  readonly disconnected: WeakSet<object>;
  /** Set when the broker accepts no further packets. */
  stopping: boolean;
  /** Set when the broker was killed and publishes nothing more. */
  killed: boolean;
}
