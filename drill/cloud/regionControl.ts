import * as z from "zod";

const state = z.object({
  connects: z.object({ perSecond: z.number(), refused: z.number() }),
  counts: z.looseObject({
    connects: z.number(),
    functions: z.record(z.string(), z.looseObject({ invocations: z.number(), errors: z.number() })),
  }),
});

export type ControlState = z.output<typeof state>;

const controlledAlarm = z.looseObject({
  alarm: z.string(),
  state: z.string(),
  description: z.string().optional(),
});
const exhausted = z.object({ worker: z.string() });
const alarmList = z.object({ alarms: z.array(controlledAlarm) });

/** An alarm of a region, and its state. */
export type ControlledAlarm = z.output<typeof controlledAlarm>;

/** Client of a region's control API (docs/control.md). Each method returns the new state. */
export interface RegionControl {
  state(): Promise<ControlState>;
  /** Without names, stops the whole region. */
  stop(...services: ServiceName[]): Promise<ControlState>;
  start(...services: ServiceName[]): Promise<ControlState>;
  /** Sets a fault of a service, or clears it without `fault`. */
  fault(service: ServiceName, fault?: object): Promise<ControlState>;
  connects(perSecond: number): Promise<ControlState>;
  /** Takes all descriptors of one worker of a function, and returns its name. */
  exhaustDescriptors(functionName: string): Promise<string>;
  /** Runs the scheduled function whose name contains this text, and waits for its end. */
  invoke(functionName: string): Promise<ControlState>;
  /** Deletes all items of a table. */
  wipe(table: string): Promise<ControlState>;
  /** All alarms of the region. */
  alarms(): Promise<readonly ControlledAlarm[]>;
  /** Moves the clock of CloudWatch forward: each minute up to then is evaluated. */
  advanceAlarms(seconds: number): Promise<void>;
  /** Clears all faults, starts all services, restores the defaults and releases messages. */
  recover(): Promise<void>;
}

const services = ["broker", "queues", "buckets", "tables", "keys", "functions", "api"] as const;

/** A service of a region, as named in docs/control.md. */
export type ServiceName = (typeof services)[number];

/** Default quota of IoT Core. */
const connectsPerSecondDefault = 500;

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9 */
const requestAttempts = 5;

/** Creates a client of the control API at a URL. */
export const openRegionControl = (url: string): RegionControl => {
  const send = async (
    method: string,
    path: string,
    body?: object,
    attempts = requestAttempts,
  ): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    // This process was too busy to send the request in time. The cloud has not processed it.
    if (answer.status === 408 && attempts > 1) return send(method, path, body, attempts - 1);
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  const request = async (method: string, path: string, body?: object): Promise<ControlState> =>
    state.parse(await send(method, path, body));
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
    async exhaustDescriptors(name) {
      return exhausted.parse(await send("PUT", "/descriptors", { function: name })).worker;
    },
    invoke: (name) => request("POST", "/invoke", { function: name }),
    wipe: (table) => request("POST", "/wipe", { table }),
    alarms: async () => alarmList.parse(await send("GET", "/alarms")).alarms,
    async advanceAlarms(seconds) {
      await send("POST", "/alarms/advance", { seconds });
    },
    async recover() {
      for (const service of services) await request("DELETE", `/faults/${service}`);
      await request("POST", "/start");
      await request("DELETE", "/descriptors");
      // A message whose deletion SQS has refused stays in flight for minutes, and a quiet queue
      // with such a message looks stopped: it would page in the next drill.
      await request("POST", "/release");
      await request("PUT", "/replication", { state: "running" });
      await request("PUT", "/connects", { perSecond: connectsPerSecondDefault });
    },
  };
};
