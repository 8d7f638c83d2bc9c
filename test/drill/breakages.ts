import type { RegionControl } from "../../drill/cloud/regionControl.ts";
import type { Drill } from "../../drill/drill.ts";
import { atFixedRate } from "../../drill/load/atFixedRate.ts";
import { createEventTracker } from "../../drill/load/eventTracker.ts";
import { publishConfirmed } from "../../drill/load/publish.ts";
import { lateFactor, waitFor } from "../../drill/load/waitFor.ts";
import type { PagePromise } from "../../drill/pageWatch.ts";

interface Breakage {
  readonly what: string;
  /** The function that fails. */
  readonly part: string;
  readonly pages: PagePromise;
}

const fails = (name: string) => ({ error: { operations: [name] } });

/** How often the functions whose names contain this text have failed. */
const errorsOf = async (control: RegionControl, part: string): Promise<number> => {
  const { counts } = await control.state();
  return Object.entries(counts.functions)
    .filter(([name]) => name.includes(part))
    .reduce((sum, [, { errors }]) => sum + errors, 0);
};

const happens = async (what: string, condition: () => boolean | Promise<boolean>) => {
  if ((await waitFor(condition, conditionMs / lateFactor)) === undefined)
    throw new Error(`${what} never came`);
};

/** What follows from a function of the pipeline that fails. */
const consequences = ["a-queue-is-not-processed", "deliveries-are-overdue"];

/** What breaks, and which page names it: single parts of one of two regions. */
const table: readonly Breakage[] = [
  {
    what: "one function fails",
    part: "Pipelineroute",
    pages: {
      required: ["a-function-fails"],
      allowed: consequences,
      names: { "a-function-fails": /The function route fails|PipelinerouteErrors/ },
    },
  },
  {
    what: "the worker of integrations fails",
    part: "Pipelinedeliver",
    pages: {
      required: ["a-function-fails"],
      allowed: consequences,
      names: { "a-function-fails": /The function deliver fails|PipelinedeliverErrors/ },
    },
  },
];

const eventsPerSecond = 5;
const conditionMs = 60_000;

const drillOf = ({ what, part, pages }: Breakage): Drill => ({
  name: what,
  incident: "None: a part that no drill breaks.",
  promise: "A page names the part, by both ways.",
  pages,
  cloud: { regions: 2 },
  secondsMax: { short: 120, long: 240 },
  async run(context) {
    const { control, mqtt } = context.cloud.primary;
    const event = `breakage-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const [identity] = await context.addDevices(1);
    if (identity === undefined) throw new Error("no device");
    const device = context.device(identity, { endpoints: [mqtt] });
    await device.connect();
    const load = atFixedRate(eventsPerSecond, publishConfirmed([device], event, tracker));
    context.onCleanup(load.stop);
    await happens("a delivery before the failure", () => tracker.arrivals().length > 0);
    context.pages.begin();
    const errorsBefore = await errorsOf(control, part);
    await control.fault("functions", fails(part));
    // The clock of CloudWatch advances in steps. The first one must not be earlier than the
    // failure.
    await happens("a failure", async () => (await errorsOf(control, part)) > errorsBefore);
    await context.pages.beforeRecovery();
    load.stop();
    await control.fault("functions");
    return { checks: [] };
  },
});

/** The breakages as drills. */
export const breakages: readonly Drill[] = table.map(drillOf);
