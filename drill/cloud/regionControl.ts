import * as z from "zod";

const state = z.object({
  connects: z.object({ perSecond: z.number(), refused: z.number() }),
  counts: z.looseObject({
    connects: z.number(),
    functions: z.record(z.string(), z.object({ invocations: z.number() })),
  }),
});

export type ControlState = z.output<typeof state>;

/** Client of a region's control API (docs/control.md). Each method returns the new state. */
export interface RegionControl {
  state(): Promise<ControlState>;
  /** Without names, stops the whole region. */
  stop(...services: ServiceName[]): Promise<ControlState>;
  start(...services: ServiceName[]): Promise<ControlState>;
  /** Sets a fault of a service, or clears it without `fault`. */
  fault(service: ServiceName, fault?: object): Promise<ControlState>;
  connects(perSecond: number): Promise<ControlState>;
  /** Deletes all items of a table. */
  wipe(table: string): Promise<ControlState>;
  /** Clears all faults, starts all services and restores the defaults. */
  recover(): Promise<void>;
}

const services = ["broker", "queues", "buckets", "tables", "keys", "functions", "api"] as const;

/** A service of a region, as named in docs/control.md. */
export type ServiceName = (typeof services)[number];

/** Default quota of IoT Core. */
const connectsPerSecondDefault = 500;

/** Creates a client of the control API at a URL. */
export const openRegionControl = (url: string): RegionControl => {
  const request = async (method: string, path: string, body?: object): Promise<ControlState> => {
    const answer = await fetch(`${url}${path}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return state.parse(JSON.parse(text));
  };
  const selection = (names: readonly ServiceName[]) =>
    names.length > 0 ? { services: names } : {};
  return {
    state: () => request("GET", ""),
    stop: (...names) => request("POST", "/stop", selection(names)),
    start: (...names) => request("POST", "/start", selection(names)),
    fault: (service, fault) =>
      fault === undefined
        ? request("DELETE", `/faults/${service}`)
        : request("PUT", `/faults/${service}`, fault),
    connects: (perSecond) => request("PUT", "/connects", { perSecond }),
    wipe: (table) => request("POST", "/wipe", { table }),
    async recover() {
      for (const service of services) await request("DELETE", `/faults/${service}`);
      await request("POST", "/start");
      await request("PUT", "/replication", { state: "running" });
      await request("PUT", "/connects", { perSecond: connectsPerSecondDefault });
    },
  };
};
