import { measureLosses } from "../loss/measureLosses.ts";
import { installNamedPeer } from "../peer/peers.ts";
import { lossSection } from "../report/lossSection.ts";
import type { Mode } from "./mode.ts";

/** Acknowledged events that never arrive. */
export const loss: Mode = async ({ tests, peer }, log) => {
  if (peer !== undefined) {
    log(`installing ${peer}`);
    await installNamedPeer(peer);
  }
  const losses = await measureLosses({ tests, peer }, log);
  return { data: losses, sections: [lossSection(losses)] };
};
