import { iotBroker } from "#shared/aws/broker.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoEpochs } from "#shared/aws/epochs.ts";
import { dynamoHealings } from "#shared/aws/healings.ts";
import { dynamoSessions } from "#shared/aws/sessions.ts";
import { dynamoSweeps } from "#shared/aws/sweeps.ts";
import { openTables } from "#shared/aws/tables.ts";
import { sweepPresence } from "#shared/device/sweepPresence.ts";
import { env } from "#shared/env.ts";
import { watchMarginMs, watchTimeoutSeconds } from "#shared/limits.ts";
import { openLinks } from "./edge/links.ts";
import { count } from "./edge/metrics.ts";

const names = env.watch.parse(process.env);
const { AWS_REGION: region, SESSIONS_TABLE } = names;
const tables = openTables();
const now = Date.now;
const { links, onSetback } = openLinks({ ...names, REGIONS: [region] });
const known = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, SESSIONS_TABLE, { region, regions: names.REGIONS }),
  epochs: dynamoEpochs(tables, SESSIONS_TABLE, region),
  sweeps: dynamoSweeps(tables, SESSIONS_TABLE, region),
  healings: dynamoHealings(tables, SESSIONS_TABLE, now),
  broker: iotBroker(),
  now,
  onSetback,
};

export const handler = async (): Promise<void> => {
  const [link] = links;
  if (link === undefined) throw new Error("there is no way to devices");
  const deadline = now() + watchTimeoutSeconds * 1_000 - watchMarginMs;
  const { asked } = await sweepPresence(deadline, { ...known, link });
  count({ DevicesSwept: asked });
};
