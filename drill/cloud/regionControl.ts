import * as z from "zod";

const state = z.object({
  connects: z.object({ perSecond: z.number(), refused: z.number() }),
  counts: z.looseObject({
    connects: z.number(),
    functions: z.record(z.string(), z.object({ invocations: z.number() })),
  }),
});

export type ControlState = z.output<typeof state>;

/** What makes the failures of one region: docs/control.md. Each answers the state afterwards. */
export interface RegionControl {
  state(): Promise<ControlState>;
  /** Without names it is the whole region. */
  stop(...services: ServiceName[]): Promise<ControlState>;
  start(...services: ServiceName[]): Promise<ControlState>;
  /** Without a fault the service is well again. */
  fault(service: ServiceName, fault?: object): Promise<ControlState>;
  connects(perSecond: number): Promise<ControlState>;
  /** Deletes every item of a table. */
  wipe(table: string): Promise<ControlState>;
  /** Undoes whatever was done. */
  recover(): Promise<void>;
}

const services = ["broker", "queues", "buckets", "tables", "keys", "functions", "api"] as const;

/** A service of a region, by its name in docs/control.md. */
export type ServiceName = (typeof services)[number];

/** The quota of IoT Core, unless it is raised. */
const connectsPerSecondDefault = 500;

export const openRegionControl = (url: string): RegionControl => {
  const ask = async (method: string, path: string, body?: object): Promise<ControlState> => {
    const answer = await fetch(`${url}${path}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return state.parse(JSON.parse(text));
  };
  const some = (names: readonly ServiceName[]) => (names.length > 0 ? { services: names } : {});
  return {
    state: () => ask("GET", ""),
    stop: (...names) => ask("POST", "/stop", some(names)),
    start: (...names) => ask("POST", "/start", some(names)),
    fault: (service, fault) =>
      fault === undefined
        ? ask("DELETE", `/faults/${service}`)
        : ask("PUT", `/faults/${service}`, fault),
    connects: (perSecond) => ask("PUT", "/connects", { perSecond }),
    wipe: (table) => ask("POST", "/wipe", { table }),
    async recover() {
      for (const service of services) await ask("DELETE", `/faults/${service}`);
      await ask("POST", "/start");
      await ask("PUT", "/replication", { state: "running" });
      await ask("PUT", "/connects", { perSecond: connectsPerSecondDefault });
    },
  };
};
