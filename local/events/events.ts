import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { callGate } from "../fault/callGate.ts";
import type { InterceptorState } from "../fault/interceptor.ts";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { authorizer } from "../iam/authorize.ts";
import { eventsPermissions } from "../iam/permission/events.ts";
import type { Log } from "../platform/log.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { type Envelope, envelope } from "./envelope.ts";
import type { BusEvent, EventBus } from "./eventBus.ts";
import { invokeTarget, type RuleTarget } from "./invocation.ts";
import { bodyBytesMax, waitingMax } from "./limits.ts";
import { eventsHandler } from "./operations.ts";
import { newRuleCounts, type RuleCounts, ruleMetrics } from "./ruleMetrics.ts";
import { type RuleDefinition, ruleProvider, type TargetDefinition } from "./ruleProvider.ts";
import { firstRuns } from "./schedule.ts";
import { openTarget, type RemoteBus, type TargetServices } from "./targets.ts";

export interface EventsOptions {
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  readonly services: Omit<TargetServices, "buses">;
  /** The roles and policies; without it, every rule may invoke its targets. */
  readonly access?: Access | undefined;
  readonly log: Log;
}

/** EventBridge of one region: its default event bus, rules and schedules. */
export interface Events extends AwsService, RemoteBus {
  readonly providers: readonly ResourceProvider[];
  readonly bus: EventBus;
  readonly metrics: MetricSource;
  /** Connects the default event buses of the other regions. */
  connect(buses: ReadonlyMap<string, RemoteBus>): void;
  /**
   * Starts the schedules. The first run is after at most one interval. The schedules are spread
   * evenly over a minute: functions that start at the same time would need all processors at once.
   */
  open(): void;
}

interface Rule extends Omit<RuleDefinition, "targets" | "isEnabled"> {
  isEnabled: boolean;
  readonly counts: RuleCounts;
  targets: readonly { readonly given: TargetDefinition; readonly target: RuleTarget }[];
}

/** Starts EventBridge on any free port of 127.0.0.1, for `PutEvents`. */
export const startEvents = async (options: EventsOptions): Promise<Events> => {
  const { region, account, credentials, access, log } = options;
  const rules: Rule[] = [];
  const buses = new Map<string, RemoteBus>();
  const stopping = new AbortController();
  const gate = callGate("events");
  let isStopped = false;
  const invocations = { signal: stopping.signal, waiting: { count: 0 }, log };

  const run = (rule: Rule, event: Envelope, isForwarded = false): void => {
    if (!rule.isEnabled) return;
    rule.counts.triggered += 1;
    for (const { given, target } of rule.targets) {
      const text = given.input(event, rule);
      void invokeTarget(target, { event, text, isForwarded }, invocations);
    }
  };
  const match = (event: Envelope, isForwarded = false): void => {
    for (const rule of rules) {
      if (!rule.isEnabled || !rule.matches?.(event)) continue;
      rule.counts.matched += 1;
      run(rule, event, isForwarded);
    }
  };
  const putOwn = (event: BusEvent): Envelope => {
    const made = envelope(event, { region, account });
    match(made);
    return made;
  };
  const put = holding(async (event) => gate.run("PutEvents", () => putOwn(event)), log);
  const authorize = authorizer(access, eventsPermissions({ region, account }));
  const service = await startAwsService({
    region,
    serviceOf: () => "events",
    signers: { credentials, roles: access, region, services: ["events"] },
    bodyBytesMax,
    handler: eventsHandler({ authorize, put: putOwn, rules }),
    log,
  });
  const schedules = scheduler(rules, {
    run: (rule) => run(rule, scheduled(rule)),
    isPaused: () => isStopped,
  });
  return {
    ...service,
    providers: [ruleProvider((rule) => rules.push(openRule(rule, { ...options, buses })))],
    bus: put,
    receive: async (event) => gate.run("PutEvents", () => match(event, true)),
    metrics: ruleMetrics(() => rules),
    connect(given) {
      for (const [name, bus] of given) buses.set(name, bus);
    },
    open: schedules.open,
    setFaults(state: InterceptorState) {
      isStopped = state.conditions.events?.isStopped ?? false;
      gate.set(state);
      service.setFaults(state);
      put.repeat();
    },
    async stop() {
      schedules.stop();
      stopping.abort();
      await service.stop();
    },
  };
};

/**
 * A bus for the events of AWS's services. It holds those that EventBridge does not accept, until
 * `repeat` is called.
 */
const holding = (
  put: (event: BusEvent) => Promise<unknown>,
  log: Log,
): EventBus & { repeat(): void } => {
  const held: BusEvent[] = [];
  const bus: EventBus = {
    put(event) {
      put(event).catch((error: unknown) => {
        const { source, detailType } = event;
        if (held.length < waitingMax) held.push(event);
        else log("event lost", { source, detailType, reason: String(error) }, "error");
      });
    },
  };
  return {
    ...bus,
    repeat() {
      for (const event of held.splice(0)) bus.put(event);
    },
  };
};

const openRule = (
  { targets, ...rule }: RuleDefinition,
  { region, account, access, services, buses }: EventsOptions & { buses: TargetServices["buses"] },
): Rule => {
  const counts = newRuleCounts();
  const place = { region, account, ruleArn: rule.arn };
  const deps = { services: { ...services, buses }, access, place };
  const open = (given: TargetDefinition): RuleTarget => {
    const { arn, retriesMax, ageMsMax, deadLetterArn } = given;
    const invoke = openTarget(given, deps);
    const deadLetter =
      deadLetterArn === undefined
        ? undefined
        : openTarget({ arn: deadLetterArn, roleArn: undefined }, deps);
    return { ruleArn: rule.arn, arn, counts, invoke, retriesMax, ageMsMax, deadLetter };
  };
  return { ...rule, counts, targets: targets.map((given) => ({ given, target: open(given) })) };
};

/** https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchevents.html */
const scheduled = ({ arn, place: { region, account } }: Rule): Envelope =>
  envelope(
    {
      source: "aws.events",
      detailType: "Scheduled Event",
      detail: {},
      resources: [arn],
      time: new Date(),
    },
    { region, account },
  );

const scheduler = (
  rules: readonly Rule[],
  { run, isPaused }: { run: (rule: Rule) => void; isPaused: () => boolean },
) => {
  const timers: NodeJS.Timeout[] = [];
  const runDue = (rule: Rule): void => {
    if (!isPaused()) run(rule);
  };
  return {
    open(): void {
      const schedules = rules.flatMap((rule) =>
        rule.everyMs === undefined ? [] : [{ rule, arn: rule.arn, everyMs: rule.everyMs }],
      );
      for (const [{ rule, everyMs }, delayMs] of firstRuns(schedules)) {
        const start = () => {
          timers.push(setInterval(() => runDue(rule), everyMs).unref());
          runDue(rule);
        };
        timers.push(setTimeout(start, delayMs).unref());
      }
    },
    stop(): void {
      for (const timer of timers.splice(0)) clearTimeout(timer);
    },
  };
};
