import { iotBroker } from "#shared/aws/broker.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoEpochs } from "#shared/aws/epochs.ts";
import { dynamoHealings } from "#shared/aws/healings.ts";
import { openQueues, sqsUnreadable } from "#shared/aws/queues.ts";
import { dynamoSessions } from "#shared/aws/sessions.ts";
import { openTables } from "#shared/aws/tables.ts";
import { followDevices } from "#shared/device/followDevices.ts";
import { env } from "#shared/env.ts";
import { receivedEvent } from "#shared/event/deviceEvent.ts";
import { batch } from "./edge/batch.ts";
import { openLinks } from "./edge/links.ts";

const names = env.presence.parse(process.env);
const tables = openTables();
const { links, onSetback } = openLinks({ ...names, REGIONS: [names.AWS_REGION] });
const needs = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: names.REGIONS,
  }),
  epochs: dynamoEpochs(tables, names.SESSIONS_TABLE, names.AWS_REGION),
  healings: dynamoHealings(tables, names.SESSIONS_TABLE),
  broker: iotBroker(),
  now: Date.now,
  onSetback,
};

export const handler = batch(
  receivedEvent,
  async (received) => {
    const [link] = links;
    if (link === undefined) throw new Error("there is no way to devices");
    return followDevices(received, { ...needs, link });
  },
  sqsUnreadable(openQueues(), names.PRESENCE_DEAD_LETTERS_URL),
);
