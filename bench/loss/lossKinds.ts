import { bullMq } from "../peer/bullMq.ts";
import { nodeRed } from "../peer/nodeRed.ts";
import type { PeerName } from "../peer/peers.ts";
import { cloudKind } from "../system/cloud.ts";
import type { Subject, SystemKind } from "../system/system.ts";

/** A kind of system in a loss test. */
export interface LossKind extends SystemKind<Subject> {
  /** Events missing after this time without an arrival are lost. */
  readonly quietMsMax: number;
}

/**
 * Longest waits of the cloud: 6 minutes before the third attempt, 5 minutes for an open circuit
 * breaker, 6 minutes until the message of a failed worker is visible again. `kill` ends broker,
 * queues, tables and workers at once, which is harsher than killing the workers.
 */
const godwit: LossKind = { ...cloudKind("disk"), quietMsMax: 900_000 };

const peers: Readonly<Record<PeerName, readonly LossKind[]>> = {
  "node-red": [false, true].map((keepsSession) => ({
    ...nodeRed({ keepsSession }),
    quietMsMax: 120_000,
  })),
  bullmq: [{ ...bullMq, quietMsMax: 120_000 }],
};

/** The cloud, and the forms of a peer. */
export const lossKinds = (peer: PeerName | undefined): readonly LossKind[] => [
  godwit,
  ...(peer === undefined ? [] : peers[peer]),
];
