import { describe } from "vitest";
import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoSeenEvents } from "#shared/aws/event/seenEvents.ts";
import { dynamoStreamSlots } from "#shared/aws/event/streamSlots.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoRunLeases } from "#shared/aws/platform/runLeases.ts";
import { concurrencySlotsContract } from "../../../contracts/account/concurrencySlots.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { seenEventsContract } from "../../../contracts/event/seenEvents.ts";
import { streamSlotsContract } from "../../../contracts/event/streamSlots.ts";
import { runLeasesContract } from "../../../contracts/platform/runLeases.ts";

const { newTable } = await startDynamo();
const db = openTables();
/** Tables whose replies to writes are lost: each write is repeated, as the client does. */
const repeating: Tables = {
  ...db,
  async update(input) {
    await db.update(input).catch(() => {});
    return await db.update(input);
  },
  async put(input) {
    await db.put(input).catch(() => {});
    await db.put(input);
  },
};

describe("with writes that are repeated because their replies were lost", () => {
  seenEventsContract(async () => dynamoSeenEvents(repeating, await newTable("pk")));
  runLeasesContract(async () => dynamoRunLeases(repeating, await newTable("pk")));
  concurrencySlotsContract(async () => dynamoConcurrencySlots(repeating, await newTable("pk")));
  streamSlotsContract(async () => dynamoStreamSlots(repeating, await newTable("pk")));
});
