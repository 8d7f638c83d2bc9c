import type { DeliverDeps } from "#shared/paging/deliverPages.ts";
import type { Reading, Signal } from "#shared/paging/reading.ts";
import type { Receiver } from "#shared/paging/receiver.ts";
import type { Notice } from "#shared/paging/receivers/notice.ts";
import type { Outcome } from "#shared/paging/sendPage.ts";
import { memoryPages } from "../../../memory/paging/pageStore.ts";

export const [a, b] = ["us-east-1", "eu-west-1"];
export const start = Date.parse("2026-12-01T10:00:00Z");

export const aSignal = (change: Partial<Signal> = {}): Signal => ({
  key: "Godwit-Region-us-east-1-Events",
  region: a,
  summary: "Events wait too long.",
  severity: "error",
  components: ["events", "integrations"],
  runbook: "events-wait",
  slice: ["RuleName=godwit_events"],
  reason: "1 datapoint was over the threshold",
  since: start - 60_000,
  ...change,
});

export const aReading = (at: number, signals: readonly Signal[] = [aSignal()]): Reading => ({
  source: "alarms/us-east-1",
  at,
  signals,
});

export const onCall: Receiver = { kind: "slack", name: "on-call", secret: "/godwit/slack" };
export const manager: Receiver = { kind: "slack", name: "manager", secret: "/godwit/slack2" };

/** A world for deliveries: receivers answer by `answer`, and time moves only by `wait`. */
export const deliveryWorld = (receivers: readonly Receiver[] = [onCall, manager]) => {
  const pages = memoryPages();
  const told: string[] = [];
  const notices: Notice[] = [];
  const world = {
    now: start,
    answer: async (_notice: Notice, _receiver: Receiver): Promise<Outcome> => ({
      kind: "accepted",
      result: "accepted",
    }),
  };
  const deps: DeliverDeps = {
    pages,
    receivers,
    send: async (notice, receiver) => {
      told.push(`${receiver.name} ${notice.event} ${notice.page.key}`);
      notices.push(notice);
      return world.answer(notice, receiver);
    },
    runbookOf: (anchor) => `https://docs.example/runbook.md#${anchor}`,
    now: () => world.now,
    wait: async (ms) => {
      world.now += ms;
    },
    random: () => 0,
    onError: () => {},
  };
  return { world, deps, pages, told, notices };
};
