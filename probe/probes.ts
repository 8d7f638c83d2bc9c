import { cloudWatchAlarms } from "./aws/alarms.ts";
import type { Clients } from "./aws/clients.ts";
import { iotCore } from "./aws/devices.ts";
import { apiStreams } from "./aws/streams.ts";
import { lambdaWorkbench } from "./aws/workbench.ts";
import type { Answer, Probe, ProbeDeps } from "./probe.ts";
import { type AlarmAccount, alarm } from "./probes/alarm.ts";
import { type DirectMessageAccount, directMessage } from "./probes/directMessage.ts";
import { type RootAuthorityAccount, rootAuthority } from "./probes/rootAuthority.ts";
import { type StreamAccount, stream } from "./probes/stream.ts";
import { batchSizes, greedyPath, quietQueue, roleAtCreation } from "./probes/workbenchProbes.ts";
import type { Undo } from "./undo.ts";
import type { WorkbenchAccount } from "./workbench.ts";

/** All that probes need of an account. */
export type Account = AlarmAccount &
  DirectMessageAccount &
  RootAuthorityAccount &
  StreamAccount &
  WorkbenchAccount;

export const probes: readonly Probe<Account>[] = [
  directMessage,
  rootAuthority,
  alarm,
  roleAtCreation,
  greedyPath,
  quietQueue,
  batchSizes,
  stream,
];

/** The account of these clients. Everything that probes create there has names with a prefix. */
export const openAccount = (
  clients: Clients,
  undo: Undo,
  { api, token, name }: { readonly api?: string; readonly token?: string; readonly name: string },
): Account => ({
  ...cloudWatchAlarms(clients, { undo, name }),
  ...iotCore(clients),
  ...apiStreams(clients, { api: api ?? "", token: token ?? "" }),
  ...lambdaWorkbench(clients, { undo, name }),
});

/** Runs a probe. An error is an answer that is not expected. */
export const runProbe = async (
  probe: Probe<Account>,
  deps: ProbeDeps<Account>,
): Promise<Answer> => {
  try {
    return await probe.run(deps);
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { observed: text.slice(0, 500), isExpected: false };
  }
};
