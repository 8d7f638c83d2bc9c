import type { ServiceName } from "../../drill/cloud/regionControl.ts";
import type { Drill } from "../../drill/drill.ts";
import { atFixedRate } from "../../drill/load/atFixedRate.ts";
import { createEventTracker } from "../../drill/load/eventTracker.ts";
import { publishConfirmed } from "../../drill/load/publish.ts";
import type { PagePromise } from "../../drill/pageWatch.ts";

interface Breakage {
  readonly what: string;
  readonly service: ServiceName;
  readonly fault: object;
  readonly pages: PagePromise;
}

const fails = (name: string) => ({ error: { operations: [name] } });

/** What follows from a function of the pipeline that fails. */
const consequences = ["a-queue-is-not-processed", "deliveries-are-overdue"];

/** What breaks, and which page names it: single parts of one of two regions. */
const table: readonly Breakage[] = [
  {
    what: "one function fails",
    service: "functions",
    fault: fails("Pipelineroute"),
    pages: {
      required: ["a-function-fails"],
      allowed: consequences,
      names: { "a-function-fails": /The function route fails|PipelinerouteErrors/ },
    },
  },
  {
    what: "the worker of integrations fails",
    service: "functions",
    fault: fails("Pipelinedeliver"),
    pages: {
      required: ["a-function-fails"],
      allowed: consequences,
      names: { "a-function-fails": /The function deliver fails|PipelinedeliverErrors/ },
    },
  },
];

const eventsPerSecond = 5;

const drillOf = ({ what, service, fault, pages }: Breakage): Drill => ({
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
    context.pages.begin();
    await control.fault(service, fault);
    await context.pages.beforeRecovery();
    load.stop();
    await control.fault(service);
    return { checks: [] };
  },
});

/** The breakages as drills. */
export const breakages: readonly Drill[] = table.map(drillOf);
