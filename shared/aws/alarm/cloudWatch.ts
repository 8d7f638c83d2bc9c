import { openJsonCaller } from "../call/jsonCaller.ts";
import { standardRetry } from "../platform/clients.ts";

const service = {
  name: "monitoring",
  variable: "CLOUDWATCH",
  target: "GraniteServiceVersion20100801",
  version: "1.0",
} as const;

/** Calls an operation of CloudWatch in one region. */
export type CloudWatchCall = (action: string, input: object) => Promise<unknown>;

/** Opens CloudWatch: a client for each region, which keeps its connections. */
export const openCloudWatch = (): ((region: string) => CloudWatchCall) => {
  const calls = new Map<string, CloudWatchCall>();
  return (region) => {
    const call = calls.get(region) ?? openJsonCaller(service, standardRetry, region);
    calls.set(region, call);
    return call;
  };
};
