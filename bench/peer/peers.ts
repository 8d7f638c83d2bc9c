import type { Subject, SystemKind } from "../system/system.ts";
import { bullMq, installBullMq } from "./bullMq.ts";
import { installNodeRed, nodeRed } from "./nodeRed.ts";

export const peerNames = ["node-red", "bullmq"] as const;

/** A system to compare with. */
export type PeerName = (typeof peerNames)[number];

const peers: Readonly<
  Record<PeerName, { readonly kind: SystemKind<Subject>; install(): Promise<unknown> }>
> = {
  "node-red": { kind: nodeRed({ keepsSession: false }), install: installNodeRed },
  bullmq: { kind: bullMq, install: installBullMq },
};

/** Installs a peer into `bench/peers` unless it is there. Rejects with a message that says how. */
export const installNamedPeer = (name: PeerName): Promise<unknown> => peers[name].install();

/** The usual form of a peer. */
export const peerKind = (name: PeerName): SystemKind<Subject> => peers[name].kind;
