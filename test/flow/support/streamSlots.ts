import { onTestFinished, vi } from "vitest";
import { dynamoStreamSlots } from "#shared/aws/event/streamSlots.ts";
import { openTables, standardRetry } from "#shared/aws/platform/clients.ts";
import type { StreamSlots } from "#shared/stream/slot/streamSlots.ts";
import type { Cloud } from "../../../local/cloud.ts";

/** The slots of event streams in the table of a cloud's region. Valid until the test ends. */
export const streamSlotsOf = ({ services }: Cloud): StreamSlots => {
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", services.tables.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", services.invocation.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", services.invocation.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  return dynamoStreamSlots(openTables(standardRetry, "us-east-1"), "godwit-places");
};
