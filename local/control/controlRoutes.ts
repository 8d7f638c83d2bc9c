import * as z from "zod";
import { fault, serviceName } from "../fault/fault.ts";
import type { Services } from "../services.ts";
import {
  type Replication,
  replication,
  replicationDefault,
} from "../table/replication/replicator.ts";
import type { RegionControl } from "./regionControl.ts";

/** One thing that a drill can ask for. */
export interface ControlRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  act(given: unknown): Promise<object>;
}

/** A region and what controls it. */
export interface Controlled {
  readonly region: string;
  readonly services: {
    readonly iot: Pick<Services["iot"], "connectRateLimiter" | "counts">;
    readonly lambda: Pick<Services["lambda"], "usage">;
    readonly tables: Pick<Services["tables"], "setReplication" | "backlog" | "wipe">;
    readonly usageMeter: Pick<Services["usageMeter"], "read">;
  };
  readonly control: RegionControl;
}

const everyService = serviceName.options;
const some = z.strictObject({ services: z.array(serviceName).min(1).default(everyService) });
const table = z.strictObject({ table: z.string().min(1) });
const connects = z.strictObject({ perSecond: z.number().positive().max(1_000_000) });

/** Everything that can be asked, described in docs/control.md. Each answers the state afterwards. */
export const controlRoutes = (controlled: Controlled): ControlRoute[] => {
  const { control, services } = controlled;
  const { tables, iot } = services;
  let replicating = replicationDefault;
  const replicate = async (given: Partial<Replication>): Promise<void> => {
    replicating = { ...replicating, ...given };
    await tables.setReplication(replicating);
  };
  const stateNow = async () => ({
    ...stateOf(controlled),
    replication: { ...replicating, backlog: await tables.backlog() },
  });
  const acting =
    <Schema extends z.ZodType>(schema: Schema, act: (given: z.output<Schema>) => unknown) =>
    async (given: unknown): Promise<object> => {
      await act(schema.parse(given));
      return await stateNow();
    };
  const faults = everyService.flatMap((name): ControlRoute[] => [
    {
      method: "PUT",
      path: `/faults/${name}`,
      act: acting(fault, (given) => control.setFault(name, given)),
    },
    {
      method: "DELETE",
      path: `/faults/${name}`,
      act: acting(z.unknown(), () => control.setFault(name, undefined)),
    },
  ]);
  return [
    { method: "GET", path: "", act: stateNow },
    { method: "POST", path: "/stop", act: acting(some, (given) => control.stop(given.services)) },
    { method: "POST", path: "/start", act: acting(some, (given) => control.start(given.services)) },
    ...faults,
    {
      method: "PUT",
      path: "/connects",
      act: acting(connects, ({ perSecond }) => iot.connectRateLimiter.set(perSecond)),
    },
    { method: "PUT", path: "/replication", act: acting(replication.partial(), replicate) },
    { method: "POST", path: "/wipe", act: acting(table, (given) => tables.wipe(given.table)) },
  ];
};

const stateOf = ({ region, control, services }: Controlled) => {
  const { iot, lambda, usageMeter } = services;
  const { perSecond, refused } = iot.connectRateLimiter;
  return {
    region,
    services: Object.fromEntries(
      everyService.map((name) => [name, control.conditions[name] ?? { isStopped: false }]),
    ),
    connects: { perSecond, refused },
    counts: { ...Object.fromEntries(usageMeter.read()), ...iot.counts, functions: lambda.usage() },
  };
};
