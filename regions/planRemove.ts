import { UsageError } from "../admin/usageError.ts";
import { assertNoneCloses } from "./assertNoneCloses.ts";
import type { Settings } from "./settings.ts";
import {
  edgePagesStack,
  edgeStack,
  operationsStack,
  regionStack,
  stacksOfRegion,
  stateStack,
} from "./stackNames.ts";
import type { Plan, Step } from "./step.ts";

/**
 * The steps that remove a region. They start again where `cdk.json` says: a region that is not in
 * it any more has no devices and users.
 */
export const planRemove = (settings: Settings, name: string): Plan => {
  const { regions, stateRegion } = settings;
  if (name === stateRegion) {
    throw new UsageError(
      `${name} has the stack of the tables (stateRegion), so it cannot be removed: CloudFormation manages all replicas from there.`,
    );
  }
  assertNoneCloses(settings, name);
  const left = regions.filter((each) => each !== name);
  const all = [...left, name];
  const isClosing = regions.includes(name);
  return {
    change: "remove",
    region: name,
    ...(!isClosing && {
      note: `${name} is not in cdk.json: these are the last steps of a removal that was interrupted.`,
    }),
    cost: `From the end of the plan the region costs nothing but its leftovers: the key of secrets ($1 a month) and its buckets. docs/regions.md#leftovers has the commands that delete them.`,
    steps: [
      ...(isClosing ? closing(settings, { name, all, left }) : []),
      ...removing(settings, { name, all, left }),
    ],
  };
};

interface Names {
  readonly name: string;
  readonly all: readonly string[];
  readonly left: readonly string[];
}

/** Devices and users leave the region. */
const closing = (settings: Settings, { name, all, left }: Names): Step[] => {
  const { stateRegion, hasDomain } = settings;
  const dns: Step[] = [
    {
      title: `Take ${name} out of the alarms of DNS`,
      action: {
        kind: "deploy",
        stacks: [edgePagesStack],
        context: { regions: left, closedRegions: [] },
      },
      effect: "None for users.",
      duration: "1 minute",
    },
    {
      title: `Take ${name} out of DNS`,
      action: { kind: "destroy", stacks: [edgeStack(name)], context: { regions: all } },
      effect: "Users reach the other regions within 105 s. The own URL of the region still works.",
      duration: "5 minutes",
    },
  ];
  return [
    {
      title: "Write closedRegions to cdk.json",
      action: {
        kind: "settings",
        settings: { regions: settings.regions, stateRegion, closedRegions: [name] },
      },
      effect: "None yet. Commit the file: every later deployment needs it.",
      duration: "1 s",
    },
    ...(hasDomain ? dns : []),
    {
      title: `Stop the canary of ${name}`,
      action: { kind: "deploy", stacks: [operationsStack(name)] },
      effect: "Its device would be refused in the next step, and page.",
      duration: "5 minutes",
    },
    {
      title: `Close ${name} for devices`,
      action: { kind: "deploy", stacks: [regionStack(name)] },
      effect:
        "IoT Core disconnects devices at their next message and refuses new connections. Devices connect to the endpoints of the other regions; a device without one is offline.",
      duration: "5 minutes",
    },
    {
      title: `Wait until ${name} has no devices, messages and waiting deliveries`,
      action: { kind: "drain", region: name },
      effect:
        "Every accepted event is delivered or becomes a dead letter. If work is left, the command ends here; repeat it later.",
      duration: "minutes; up to 75 hours while a target is down",
    },
    {
      title: "Write the regions to cdk.json",
      action: {
        kind: "settings",
        settings: { regions: left, stateRegion, closedRegions: undefined },
      },
      effect: "None yet. Commit the file.",
      duration: "1 s",
    },
  ];
};

const removing = (settings: Settings, { name, all, left }: Names): Step[] => [
  {
    title: `Tell the other regions that ${name} is gone`,
    action: { kind: "deploy", stacks: left.flatMap((region) => stacksOfRegion(region, settings)) },
    effect: "They do not ask the region any more. New devices do not get its endpoint.",
    duration: "5 minutes a region",
  },
  {
    title: `Delete the stacks of ${name}`,
    action: {
      kind: "destroy",
      stacks: stacksOfRegion(name, settings).reverse(),
      context: { regions: all, closedRegions: [name] },
    },
    effect: "The region has no API. Its buckets, keys, IoT policies and waiting deliveries stay.",
    duration: "10 minutes",
    irreversible: "Log groups, queues and the recent events of streams are deleted.",
  },
  {
    title: `Remove the deletion protection of the replicas in ${name}`,
    action: {
      kind: "deploy",
      stacks: [stateStack],
      context: { regions: all, unprotectedRegions: [name] },
    },
    effect: "None.",
    duration: "2 minutes",
  },
  {
    title: `Remove the replicas in ${name}`,
    action: { kind: "deploy", stacks: [stateStack] },
    effect: "None: the other regions have every row.",
    duration: "10 minutes",
    irreversible: "The copies of the tables in the region are deleted.",
  },
];
