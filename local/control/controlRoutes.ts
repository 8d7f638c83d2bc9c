import * as z from "zod";
import {
  type Replication,
  replication,
  replicationDefault,
} from "../dynamodb/replication/replicator.ts";
import { fault, type ServiceName, serviceName } from "../fault/fault.ts";
import type { Services } from "../services.ts";
import { alarmRoutes, type ControlledAlarms } from "./alarmRoutes.ts";
import type { ControlRoute } from "./controlRoute.ts";
import type { RegionControl } from "./regionControl.ts";

/** A region and its control. */
export interface Controlled {
  readonly region: string;
  readonly services: {
    readonly sqs: Pick<Services["sqs"], "release">;
    readonly iot: Pick<Services["iot"], "connectRateLimiter" | "counts">;
    readonly lambda: Pick<
      Services["lambda"],
      "usage" | "invoke" | "exhaustDescriptors" | "restoreDescriptors"
    >;
    readonly tables: Pick<Services["tables"], "setReplication" | "backlog" | "wipe">;
    readonly usageMeter: Pick<Services["usageMeter"], "read">;
    readonly cloudwatch: ControlledAlarms;
  };
  readonly control: RegionControl;
}

const everyService = serviceName.options;
const some = z.strictObject({ services: z.array(serviceName).min(1).default(everyService) });
const table = z.strictObject({ table: z.string().min(1) });
const oneFunction = z.strictObject({ function: z.string().min(1) });
const connects = z.strictObject({ perSecond: z.number().positive().max(1_000_000) });

/**
 * All operations of the control API, documented in docs/control.md. Each returns the state after
 * the operation.
 */
export const controlRoutes = (controlled: Controlled): ControlRoute[] => {
  const { control, services } = controlled;
  const { sqs, tables, iot, lambda } = services;
  let replicationNow = replicationDefault;
  const replicate = async (given: Partial<Replication>): Promise<void> => {
    replicationNow = { ...replicationNow, ...given };
    await tables.setReplication(replicationNow);
  };
  const stateNow = async () => ({
    ...stateOf(controlled),
    replication: { ...replicationNow, backlog: await tables.backlog() },
  });
  const operation =
    <Schema extends z.ZodType>(schema: Schema, act: (given: z.output<Schema>) => unknown) =>
    async (given: unknown): Promise<object> => {
      await act(schema.parse(given));
      return await stateNow();
    };
  const faults = everyService.flatMap((name): ControlRoute[] => [
    {
      method: "PUT",
      path: `/faults/${name}`,
      act: operation(faultOf(name), (given) => control.setFault(name, given)),
    },
    {
      method: "DELETE",
      path: `/faults/${name}`,
      act: operation(z.unknown(), () => control.setFault(name, undefined)),
    },
  ]);
  return [
    { method: "GET", path: "", act: stateNow },
    {
      method: "POST",
      path: "/stop",
      act: operation(some, (given) => control.stop(given.services)),
    },
    {
      method: "POST",
      path: "/start",
      act: operation(some, (given) => control.start(given.services)),
    },
    ...faults,
    {
      method: "PUT",
      path: "/connects",
      act: operation(connects, ({ perSecond }) => iot.connectRateLimiter.set(perSecond)),
    },
    {
      method: "PUT",
      path: "/descriptors",
      async act(given) {
        const { function: name } = oneFunction.parse(given);
        const worker = lambda.exhaustDescriptors(name);
        if (worker === undefined) throw noEnvironment(name);
        return { ...(await stateNow()), worker };
      },
    },
    {
      method: "DELETE",
      path: "/descriptors",
      act: operation(z.unknown(), () => lambda.restoreDescriptors()),
    },
    {
      method: "POST",
      path: "/invoke",
      act: operation(oneFunction, async ({ function: part }) => {
        const names = Object.keys(lambda.usage()).filter((name) => name.includes(part));
        const [name] = names;
        if (name === undefined || names.length > 1) throw notOneFunction(part, names);
        await lambda.invoke(name, {});
      }),
    },
    { method: "POST", path: "/release", act: operation(z.unknown(), () => sqs.release()) },
    { method: "PUT", path: "/replication", act: operation(replication.partial(), replicate) },
    { method: "POST", path: "/wipe", act: operation(table, (given) => tables.wipe(given.table)) },
    ...alarmRoutes(services.cloudwatch),
  ];
};

const noEnvironment = (name: string): z.ZodError => {
  const message = `no function whose name contains ${name} has an environment; invoke it first`;
  return new z.ZodError([{ code: "custom", path: ["function"], message, input: name }]);
};

const notOneFunction = (part: string, names: readonly string[]): z.ZodError => {
  const message =
    names.length === 0
      ? `no function has a name that contains ${part}`
      : `several functions have a name that contains ${part}: ${names.join(", ")}`;
  return new z.ZodError([{ code: "custom", path: ["function"], message, input: part }]);
};

/** Only Lambda has functions. */
const faultOf = (name: ServiceName) =>
  fault.refine(({ functions }) => functions === undefined || name === "functions", {
    path: ["functions"],
    message: "is for the service functions",
  });

const stateOf = ({ region, control, services }: Controlled) => {
  const { iot, lambda, usageMeter } = services;
  const { perSecond, rejected } = iot.connectRateLimiter;
  return {
    region,
    services: Object.fromEntries(
      everyService.map((name) => [name, control.conditions[name] ?? { isStopped: false }]),
    ),
    connects: { perSecond, refused: rejected },
    counts: { ...Object.fromEntries(usageMeter.read()), ...iot.counts, functions: lambda.usage() },
  };
};
